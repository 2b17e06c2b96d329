import { dirname, join } from 'node:path';
import { parseConfig } from '#core';
import { runProcess } from '#runtime';
import { startStandalone } from './standalone.ts';

/** The repository's own root: this file is built to `dist/apps/standalone`. */
const root = join(dirname(import.meta.dirname), '../..');

await runProcess('standalone', { parseConfig, root, start: startStandalone });
