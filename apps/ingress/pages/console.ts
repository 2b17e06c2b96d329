import { Router, type Request, type RequestHandler, type Response } from 'express';
import helmet from 'helmet';
import type { Report } from '#core';
import { Problem } from '../http/problem.ts';
import { findConsole, readAssets, type Asset, type Assets } from './read-assets.ts';

/** The paths that the console draws itself, and the path below one of them. Everything else stays what it is: `/api`, `/queues`, `/docs`. */
const PAGES = ['', 'nodes', 'messages', 'frozen', 'log', 'users', 'register', 'sign-in'];

/** Nothing but our own files, and the API: what a sender or a node wrote can neither run nor call out. */
const policy = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  xFrameOptions: { action: 'deny' },
});

/** The console at `/`: its files, and its one document for each of its pages. */
export function createConsole(report: Report): Router {
  const folder = findConsole();
  if (folder === null) report.warn('console.missing', { expected: 'dist/console, made by npm run build' });
  const assets = folder === null ? new Map<string, Asset>() : readAssets(folder);
  const router = Router();
  for (const page of PAGES)
    router.get([`/${page}`, ...(page === '' ? [] : [`/${page}/*rest`])], policy, showPage(assets));
  router.get(
    [...assets.keys()].filter((path) => path !== '/index.html'),
    policy,
    (request, response) => answer(request, response, assets.get(request.path)),
  );
  return router;
}

function showPage(assets: Assets): RequestHandler {
  return (request, response) => answer(request, response, assets.get('/index.html'));
}

async function answer(request: Request, response: Response, asset: Asset | undefined): Promise<void> {
  if (asset === undefined) throw new Problem(404, 'not-built', 'the console is not built: npm run build makes it');
  response.set({
    'content-type': asset.contentType,
    'cache-control': asset.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: asset.etag,
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === asset.etag) {
    response.status(304).end();
    return;
  }
  const encoding = encodingFor(request);
  if (encoding !== 'identity') response.set('content-encoding', encoding);
  response.end(await asset.encodings[encoding]());
}

function encodingFor(request: Request): keyof Asset['encodings'] {
  const found = request.acceptsEncodings('br', 'gzip', 'identity');
  return found === 'br' || found === 'gzip' ? found : 'identity';
}
