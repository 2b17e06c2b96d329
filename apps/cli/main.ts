import { dirname, join } from 'node:path';
import { runCommand } from '#runtime';
import { runCli } from './run-cli.ts';

/** The repository's own root, as for `npm start`: this file is built to `dist/apps/cli`. */
const root = join(dirname(import.meta.dirname), '../..');

await runCommand((terminal) => runCli({ terminal, root, now: () => new Date() }));
