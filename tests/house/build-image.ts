import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { createIgnore, readDockerfile, readList, type Instruction } from './dockerfile.ts';
import { readOurs, root } from './our-files.ts';

/** What the Dockerfile makes, in a folder instead of an image. */
export interface Image {
  /** What is `/` in the image. */
  readonly folder: string;
  /** Where its commands start, on this machine. */
  readonly workdir: string;
  /** The image's variables; paths are those of this machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

interface Built {
  readonly folder: string;
  workdir: string;
  user: string | undefined;
  command: string[];
  healthCheck: string[];
  readonly env: Record<string, string>;
}

const DOCKERFILE = 'deploy/Dockerfile';
const isIgnored = createIgnore(readOurs('.dockerignore'));

/** Does below `folder` what `docker build` does with our Dockerfile, line by line; answers the last stage. */
export async function buildImage(folder: string): Promise<Image> {
  const stages = new Map<string, Built>();
  for (const { name, instructions } of readDockerfile(readOurs(DOCKERFILE))) {
    const stage = start(join(folder, name));
    stages.set(name, stage);
    for (const instruction of instructions) await follow(instruction, stage, stages);
  }
  const last = [...stages.values()].at(-1);
  if (last === undefined) throw new Error(`${DOCKERFILE} has no stage`);
  return last;
}

function start(folder: string): Built {
  mkdirSync(folder, { recursive: true });
  return { folder, workdir: folder, user: undefined, env: {}, command: [], healthCheck: [] };
}

async function follow({ keyword, argument }: Instruction, stage: Built, stages: Map<string, Built>): Promise<void> {
  switch (keyword) {
    case 'WORKDIR':
      stage.workdir = join(stage.folder, argument);
      mkdirSync(stage.workdir, { recursive: true });
      return;
    case 'ENV':
      for (const [, name = '', value = ''] of argument.matchAll(/(\w+)=(\S+)/g)) {
        stage.env[name] = value.startsWith('/') ? join(stage.folder, value) : value;
      }
      return;
    case 'COPY':
      return copy(argument.split(' '), stage, stages);
    case 'RUN':
      return run(argument, stage);
    case 'USER':
      stage.user = argument;
      return;
    case 'CMD':
      stage.command = readList(argument);
      return;
    case 'HEALTHCHECK':
      stage.healthCheck = readList(argument);
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`${DOCKERFILE}: ${keyword} is not known here: teach it to this test`);
  }
}

/** `COPY [--from=stage] source… target`: of a folder its content is copied, and of the context nothing that .dockerignore leaves out. */
function copy(words: readonly string[], stage: Built, stages: ReadonlyMap<string, Built>): void {
  const from = /^--from=(\w+)$/.exec(words[0] ?? '')?.[1];
  const source = from === undefined ? root : stages.get(from)?.folder;
  if (source === undefined) throw new Error(`${DOCKERFILE}: there is no stage ${from}`);
  const sources = words.slice(from === undefined ? 0 : 1, -1);
  const target = words.at(-1) ?? '';
  for (const name of sources) {
    const path = join(source, name);
    const isInto = target.endsWith('/') && statSync(path).isFile();
    const goal = join(stage.workdir, target, isInto ? basename(name) : '');
    mkdirSync(dirname(goal), { recursive: true });
    const filter = (one: string) => from !== undefined || !isIgnored(relative(root, one));
    cpSync(path, goal, { recursive: true, filter });
    if (!existsSync(goal)) throw new Error(`${DOCKERFILE}: ${name} is left out by .dockerignore`);
  }
}

/** Runs the line in the stage; but the packages are linked, not fetched again, where they are installed. */
async function run(line: string, { workdir, env }: Built): Promise<void> {
  if (line === 'npm ci --ignore-scripts') {
    symlinkSync(join(root, 'node_modules'), join(workdir, 'node_modules'));
    return;
  }
  await promisify(execFile)('sh', ['-ec', line], { cwd: workdir, env: { ...commandPath(), ...env } });
}

/** Where commands are found: the Node.js of this process first. */
export function commandPath(): { readonly PATH: string } {
  return { PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` };
}
