import type { Ops } from './generated/plan.ts';

export type Awaitable<T> = T | Promise<T>;

/** Arguments of a host operation; `null` for none. */
export type OpArguments<K extends keyof Ops> = Ops[K][0];
/** Result of a host operation; `null` for none. */
export type OpResult<K extends keyof Ops> = Ops[K][1];

/** An operation with its arguments. */
export type AnyCall = { [K in keyof Ops]: readonly [op: K, args: OpArguments<K>] }[keyof Ops];
/** Results of a list of operations, each at its place. */
export type Results<Calls extends readonly AnyCall[]> = {
  -readonly [I in keyof Calls]: OpResult<Calls[I][0]>;
};

/** What the two hosts give: facts about this process that need no operation, and the one door out. */
export interface Host {
  /** Absolute working directory. */
  readonly cwd: string;
  /** Environment of this process. */
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  /**
   * Performs one operation (crates/plan/src/ops.rs lists them all). Rejects, or throws, a HostError.
   * The executable's host answers at once, Node's from another thread.
   */
  call<K extends keyof Ops>(op: K, args: OpArguments<K>): Awaitable<OpResult<K>>;
  /** Where an operation is a trip to another thread: several in one. Others use it through callAll. */
  callAll?<const Calls extends readonly AnyCall[]>(calls: Calls): Promise<Results<Calls>>;
  /** Operations go on beside JavaScript, so that it pays to begin one before its time. */
  readonly beside?: boolean;
}
