import type { Ops } from './generated/plan.ts';
import type { AnyCall, Host, OpArguments, Results } from './host.ts';
import { HostError } from './host-error.ts';

/**
 * Performs operations one after the other, each needing nothing of the answers before it. The first that
 * fails ends it with its HostError, whose `done` has the answers until then.
 */
export async function callAll<const Calls extends readonly AnyCall[]>(
  host: Host,
  calls: Calls,
): Promise<Results<Calls>> {
  if (host.callAll) return host.callAll(calls);
  const done: unknown[] = [];
  for (const [op, args] of calls) {
    try {
      // The arguments are those of this operation; a union of all does not tell.
      done.push(await host.call(op, args as OpArguments<keyof Ops>));
    } catch (error) {
      if (error instanceof HostError) error.done = done;
      throw error;
    }
  }
  return done as Results<Calls>;
}
