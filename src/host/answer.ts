import type { Ops } from './generated/plan.ts';
import type { OpArguments, OpResult } from './host.ts';
import { HostError } from './host-error.ts';

/** What both native sides answer: a string, or the OpFailure as JSON. */
export type NativeAnswer = string | { failure: string };

/** Operations whose answer is text; all others answer JSON. */
const textOps: ReadonlySet<keyof Ops> = new Set(['readText', 'realPath']);

const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** Arguments as JSON; 64-bit integers that came as bigint keep all their digits. */
export function encodeArguments<K extends keyof Ops>(args: OpArguments<K>): string {
  try {
    return JSON.stringify(args);
  } catch (error) {
    // JSON.stringify refuses bigint; a replacer for every value only where one is met.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(args, (_key, value) =>
      typeof value === 'bigint' ? rawJSON(value.toString()) : value,
    );
  }
}

/** The result, or the exception of a failure. Integers in results fit in 2^53 (crates/plan/src/ops.rs). */
export function decodeAnswer<K extends keyof Ops>(op: K, answer: NativeAnswer): OpResult<K> {
  if (typeof answer !== 'string') throw new HostError(JSON.parse(answer.failure));
  return textOps.has(op) ? (answer as OpResult<K>) : JSON.parse(answer);
}
