import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { ADMINISTRATORS, defineRoute, notFound, ok, VIEWERS, type Route } from '../route.ts';
import * as schema from '../schemas/audit.ts';

const tag = 'audit';

type Ports = Pick<ManagementPorts, 'audit' | 'reseal' | 'evidence' | 'signer'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const listAudit: MakeRoute = ({ audit }, cursors) =>
  defineRoute(
    {
      method: 'get',
      path: '/audit',
      tag,
      summary: 'Lists who did what to what: never purged, each record chained to the one before it.',
      access: ADMINISTRATORS,
      query: schema.auditQuery,
      answers: { 200: { description: 'The records.', schema: schema.auditList } },
    },
    async ({ query }) => ok(cursors.answer(tag, await audit.list(cursors.request(tag, query)))),
  );

const verifyAudit: MakeRoute = ({ audit }) =>
  defineRoute(
    {
      method: 'get',
      path: '/audit/verify',
      tag,
      summary: 'Goes through the whole chain, and tells where it is broken.',
      access: ADMINISTRATORS,
      query: schema.verifyQuery,
      answers: { 200: { description: 'What was found.', schema: schema.verdict } },
    },
    async ({ query }) => ok(await audit.verify(query.head ?? null)),
  );

const reseal: MakeRoute = ({ reseal }) =>
  defineRoute(
    {
      method: 'post',
      path: '/secrets/reseal',
      tag,
      summary: 'Encrypts the secrets of all nodes under the current security.secret.',
      description: 'After it, and an hour for the tokens, `security.previousSecret` can be left out.',
      access: ADMINISTRATORS,
      answers: { 200: { description: 'How many there were.', schema: schema.resealed } },
    },
    async ({ actor }) => ok({ nodes: await reseal(actor()) }),
  );

const showEvidence: MakeRoute = ({ evidence, signer }) =>
  defineRoute(
    {
      method: 'get',
      path: '/deliveries/{id}/evidence',
      tag,
      summary: 'A signed record of a delivery: digest, node, times, status.',
      access: VIEWERS,
      params: schema.deliveryPath,
      answers: { 200: { description: 'The record.', schema: schema.evidence } },
    },
    async ({ params }) => {
      const facts = await evidence.factsOf(params.id);
      if (facts === null) throw notFound('there is no such delivery');
      return ok({ evidence: await signer.sign({ ...facts, issuedAt: new Date() }) });
    },
  );

const showKeys: MakeRoute = ({ signer }) =>
  defineRoute(
    {
      method: 'get',
      path: '/evidence/keys',
      tag,
      summary: 'The public keys that evidence is verified by.',
      access: 'everyone',
      answers: { 200: { description: 'The keys.', schema: schema.evidenceKeys } },
    },
    async () => ok(await signer.keys()),
  );

/** `/audit`, `/secrets`, and evidence of deliveries. */
export function auditRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [listAudit, verifyAudit, reseal, showEvidence, showKeys].map((make) => make(ports, cursors));
}
