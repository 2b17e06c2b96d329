import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import express, { Router } from 'express';
import { pagePolicy } from './page-policy.ts';

/** Of what the package ships, what the page loads. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/** The package of the page: one version, so that a day old copy in a browser's cache is as good as a new one. */
const CACHE = { maxAge: 86_400_000, fallthrough: false, index: false } as const;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Distribution Orchestrator: API</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** Nothing is sent to a validator elsewhere, and no token outlives the page. */
const START = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  persistAuthorization: false,
});
`;

/** The API's description, to read and to try, at `/docs`: as open as the description itself, and nothing in it from elsewhere. */
export function createApiDocs(): Router {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const files = express.static(folder, CACHE);
  const docs = Router();
  // Swagger UI shows its icons and some of its states by style attributes.
  docs.use(pagePolicy({ inlineStyles: true }));
  docs.get('/', (_request, response) => void response.type('html').send(PAGE));
  docs.get('/start.js', (_request, response) => void response.type('js').send(START));
  docs.get(
    FILES.map((file) => `/${file}`),
    files,
  );
  return Router().use('/docs', docs);
}
