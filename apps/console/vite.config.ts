import { join } from 'node:path';
import { defineConfig } from 'vite';

const root = import.meta.dirname;

/** What the ingress serves at `/`: nothing inline, since the page's policy allows none of it. */
export default defineConfig({
  root,
  logLevel: 'warn',
  build: {
    outDir: join(root, '../../dist/console'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2023',
    rolldownOptions: {
      // "use client" means something to servers that render; here there is none.
      onwarn: (warning, warn) => void (warning.code === 'MODULE_LEVEL_DIRECTIVE' || warn(warning)),
    },
  },
  // `npm run ingress` beside it: `npx vite --config apps/console/vite.config.ts`.
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
