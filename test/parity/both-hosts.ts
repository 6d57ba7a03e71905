import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const executable = join(root, 'dist/bin/rundlet');
const nodeCli = join(root, 'dist/node/cli.js');
const node = join(root, 'node_modules/.bin/node');

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface Setting {
  cwd?: string;
  env?: Record<string, string>;
  input?: Buffer;
}

/** Why the suite cannot run; undefined when it can. */
export function missingBuild(): string | undefined {
  const missing = [executable, nodeCli].filter((file) => !existsSync(file));
  if (missing.length === 0) return undefined;
  return `parity: skipped, not built (npm run build): ${missing.join(' ')}`;
}

export function runExecutable(args: string[], setting: Setting = {}): Outcome {
  return run(executable, args, setting);
}

export function runNode(args: string[], setting: Setting = {}): Outcome {
  return run(node, [nodeCli, ...args], setting);
}

function run(program: string, args: string[], { cwd = '/', env = {}, input }: Setting): Outcome {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    env,
    input,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}
