import { decodeAnswer, encodeArguments, type NativeAnswer } from './answer.ts';
import type { Host } from './host.ts';

/** What crates/rundlet/src/native.rs hands to `main`. */
export interface Native {
  call(op: string, args: string): NativeAnswer;
  /** Without argv[0]; undefined where an argument is not UTF-8. */
  argv: (string | undefined)[];
  env: Record<string, string>;
  /** Empty when the directory was removed. */
  cwd: string;
  pid: number;
  version: string;
  commit: string;
}

/** The host inside the `rundlet` executable: every operation answers at once. */
export function quickjsHost(native: Native): Host {
  const { call, env, cwd, pid } = native;
  return {
    env,
    cwd,
    pid,
    call: (op, args) => decodeAnswer(op, call(op, encodeArguments(args))),
  };
}
