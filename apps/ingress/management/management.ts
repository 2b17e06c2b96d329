import { Router } from 'express';
import { deriveKey } from '#core';
import { createLogInLimit } from '../auth/log-in-limit.ts';
import type { Routers } from '../app.ts';
import { intakeDescriptions } from '../intake/describe-intake.ts';
import { sendJson } from '../http/send-json.ts';
import { createCursors } from './cursor.ts';
import { mountRoutes } from './mount-routes.ts';
import { describeApi } from './open-api.ts';
import type { ManagementPorts } from './ports.ts';
import type { Route } from './route.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { deliveryRoutes } from './routes/delivery-routes.ts';
import { keyRoutes } from './routes/key-routes.ts';
import { messageRoutes } from './routes/message-routes.ts';
import { nodeRoutes } from './routes/node-routes.ts';
import { overviewRoutes } from './routes/overview-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { systemRoutes } from './routes/system-routes.ts';
import { tokenRoutes, usernameOf } from './routes/token-routes.ts';
import { userRoutes } from './routes/user-routes.ts';

export interface ManagementOptions {
  readonly ports: ManagementPorts;
  /** `security.secret`; what is needed here is derived from it. */
  readonly secret: string;
  /** `server.body`: largest body, in bytes. */
  readonly largestBody: number;
  /** Of this build. */
  readonly version: string;
}

/** The management API (contract section 4): what `createApp` mounts under `/api/v1`, and the table that it is all made from. */
export function createManagement({ ports, secret, largestBody, version }: ManagementOptions) {
  const routes = managementRoutes(ports, deriveKey(secret, 'list cursors'));
  const [open, guarded] = [routes.filter(isOpen), routes.filter((route) => !isOpen(route))];
  const description = describeApi([...intakeDescriptions, ...routes], version);
  const openApi = Router().get('/openapi.json', (_request, response) => sendJson(response, 200, description));
  return {
    routes,
    root: [mountRoutes(open.filter(isAtRoot), largestBody)],
    open: [
      mountRoutes(
        open.filter((route) => !isAtRoot(route)),
        largestBody,
        { after: guarded },
      ),
      openApi,
    ],
    management: [mountRoutes(guarded, largestBody, { before: open })],
  } satisfies Omit<Routers, 'pages'> & { routes: readonly Route[] };
}

function managementRoutes(ports: ManagementPorts, cursorKey: Buffer): Route[] {
  const cursors = createCursors(cursorKey);
  // One count for both ways to sign in.
  const limit = createLogInLimit({ usernameOf, shared: ports.logInPool });
  return [
    ...tokenRoutes(ports, limit),
    ...sessionRoutes(ports, limit),
    ...nodeRoutes(ports, cursors),
    ...keyRoutes(ports, cursors),
    ...messageRoutes(ports, cursors),
    ...deliveryRoutes(ports, cursors),
    ...systemRoutes(ports, cursors),
    ...overviewRoutes(ports, cursors),
    ...userRoutes(ports, cursors),
    ...auditRoutes(ports, cursors),
  ];
}

/** Where others have it, and not below `/api/v1`. */
function isAtRoot({ base }: Route): boolean {
  return base === '';
}

function isOpen({ access }: Route): boolean {
  return access === 'everyone';
}
