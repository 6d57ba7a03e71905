import { exactJson } from './exact-json.ts';
import type { Ops } from './generated/plan.ts';
import type { OpArguments, OpResult } from './host.ts';
import { HostError } from './host-error.ts';

/** What both native sides answer: a string, or the OpFailure as JSON. */
export type NativeAnswer = string | { failure: string };

/** Operations whose answer is text; all others answer JSON. */
const textOps: ReadonlySet<keyof Ops> = new Set([
  'readText',
  'readContainer',
  'readStandardInput',
  'realPath',
  'randomHex',
  'sha256',
  'stopUnit',
]);

/** Arguments as JSON; 64-bit integers that came as bigint keep all their digits. */
export function encodeArguments<K extends keyof Ops>(args: OpArguments<K>): string {
  return exactJson(args);
}

/** The result, or the exception of a failure. Integers in results fit in 2^53 (crates/plan/src/ops.rs). */
export function decodeAnswer<K extends keyof Ops>(op: K, answer: NativeAnswer): OpResult<K> {
  if (typeof answer !== 'string') throw new HostError(JSON.parse(answer.failure));
  return textOps.has(op) ? (answer as OpResult<K>) : JSON.parse(answer);
}
