import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const root = join(__dirname, '../..');

const manifestSchema = z.object({
  scripts: z.object({ sbom: z.string() }),
  dependencies: z.record(z.string(), z.string()),
});

// CycloneDX 1.5, as far as anyone who scans one reads it.
const bomSchema = z.object({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.object({ component: z.object({ name: z.literal('distribution-orchestrator') }) }),
  components: z.array(z.object({ name: z.string(), version: z.string(), purl: z.string().startsWith('pkg:npm/') })),
});

test('`npm run sbom` writes a CycloneDX document with what is shipped, and nothing of this machine', async () => {
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  const [command = '', ...words] = manifest.scripts.sbom.split(' ');
  const { stdout } = await promisify(execFile)(command, words, { cwd: root, maxBuffer: 64 * 1_048_576 });
  const { components } = bomSchema.parse(JSON.parse(stdout));
  const versions = new Map(components.map(({ name, version }) => [name, version]));
  for (const [name, version] of Object.entries(manifest.dependencies))
    expect([name, versions.get(name)]).toEqual([name, version]);
  // What only tests use is not shipped.
  expect(versions.has('jest')).toBe(false);
  for (const path of [root, homedir(), 'file:']) expect(stdout).not.toContain(path);
});
