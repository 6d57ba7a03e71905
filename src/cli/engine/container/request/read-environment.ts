import type { Host } from '../../../../host/host.ts';
import { failureReason, isHostError } from '../../../../host/host-error.ts';
import { absolutePath } from '../../../paths.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import { splitPair } from './flag-reader.ts';

/** Files of variables or labels are small; a longer one is a mistake. */
const maxFile = 4 * 1024 * 1024;

/** `-e`: a bare name takes the caller's value, and stays bare without one. */
export function readVariable(given: string, env: Host['env']): string {
  const [name] = splitPair(given);
  if (name === '') throw new FlagFault(`invalid environment variable: ${given}`);
  if (given.includes('=') || !Object.hasOwn(env, name)) return given;
  return `${name}=${env[name]}`;
}

/** An entry takes the place of an earlier one of its name. */
export function variableList(given: readonly string[]): string[] {
  const byName = new Map<string, string>();
  for (const entry of given) byName.set(splitPair(entry)[0], entry);
  return [...byName.values()];
}

/** `--label`: `key=value` or a key alone. */
export function readLabel(given: string): [key: string, value: string] {
  const [key, value] = splitPair(given);
  if (key === '') throw new FlagFault(`invalid label '${given}': empty name`);
  return [key, value];
}

/**
 * Lines `NAME=value` of `--env-file` and `--label-file`; empty ones and comments aside. A line without
 * value takes it from `env`, and is left out where that has none.
 */
export async function readPairFile(
  host: Host,
  path: string,
  env: Host['env'] = {},
): Promise<string[]> {
  const text = await readFile(host, path);
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => readLine(line, path, env));
}

function readLine(line: string, path: string, env: Host['env']): string[] {
  const fault = (reason: string) => new FlagFault(`invalid env file (${path}): ${reason}`);
  const [name] = splitPair(line);
  if (/\s/.test(name)) throw fault(`variable '${name}' contains whitespaces`);
  if (name === '') throw fault(`no variable name on line '${line}'`);
  if (line.includes('=')) return [line];
  return Object.hasOwn(env, name) ? [`${name}=${env[name]}`] : [];
}

async function readFile(host: Host, path: string): Promise<string> {
  try {
    return await host.call('readText', { path: absolutePath(host, path), max: maxFile });
  } catch (error) {
    if (!isHostError(error)) throw error;
    const { failure } = error;
    if (failure.errnoName === 'EILSEQ') {
      throw new FlagFault(`invalid env file (${path}): invalid utf8 bytes`);
    }
    throw new FlagFault(`open ${path}: ${failureReason(failure)}`);
  }
}
