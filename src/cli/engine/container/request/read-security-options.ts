import {
  defaultMaskedPaths,
  defaultReadonlyPaths,
} from '../../../../engine/containers/host-config.ts';
import type { Host } from '../../../../host/host.ts';
import { failureReason, isHostError } from '../../../../host/host-error.ts';
import { absolutePath } from '../../../paths.ts';
import { FlagFault } from '../../scan-docker-flags.ts';

const maxProfile = 4 * 1024 * 1024;

export interface SecurityFlags {
  options: string[] | null;
  maskedPaths: string[];
  readonlyPaths: string[];
}

/** `--security-opt`: a seccomp profile is read here, `systempaths` is the client's own. */
export async function readSecurityOptions(
  host: Host,
  given: readonly string[],
): Promise<SecurityFlags> {
  const open = given.includes('systempaths=unconfined');
  const paths = open
    ? { maskedPaths: [], readonlyPaths: [] }
    : { maskedPaths: [...defaultMaskedPaths], readonlyPaths: [...defaultReadonlyPaths] };
  if (given.length === 0) return { options: null, ...paths };
  const options: string[] = [];
  for (const option of given) {
    if (option !== 'systempaths=unconfined') options.push(await readOption(host, option));
  }
  return { options, ...paths };
}

async function readOption(host: Host, option: string): Promise<string> {
  const at = option.search(/[=:]/);
  if (at === -1) {
    if (option === 'no-new-privileges') return option;
    throw new FlagFault(`Invalid --security-opt: "${option}"`);
  }
  const [name, value] = [option.slice(0, at), option.slice(at + 1)];
  if (name !== 'seccomp' || value === 'unconfined' || value === 'builtin') return option;
  return `seccomp=${await readProfile(host, value)}`;
}

/** One line of JSON, as it is kept in the records. */
async function readProfile(host: Host, path: string): Promise<string> {
  let text: string;
  try {
    text = await host.call('readText', { path: absolutePath(host, path), max: maxProfile });
  } catch (error) {
    if (!isHostError(error)) throw error;
    throw new FlagFault(
      `opening seccomp profile (${path}) failed: open ${path}: ${failureReason(error.failure)}`,
    );
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    throw new FlagFault(`compacting json for seccomp profile (${path}) failed: ${jsonFault(text)}`);
  }
}

/** encoding/json's words for the usual mistake: a file of another kind. */
function jsonFault(text: string): string {
  const first = text.trimStart()[0];
  if (first === undefined) return 'unexpected end of JSON input';
  return /[[{"\-\dtfn]/.test(first)
    ? 'it is not JSON'
    : `invalid character '${first}' looking for beginning of value`;
}
