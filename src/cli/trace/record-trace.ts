import type { Host } from '../../host/host.ts';

/** One operation on the host, as Chrome's trace viewer and Perfetto read it. */
export interface TraceEvent {
  name: string;
  /** A complete event: begin and duration in one. */
  ph: 'X';
  /** Microseconds since 1970, and microseconds. */
  ts: number;
  dur: number;
  pid: number;
  tid: 1;
  args: { subject: string; failed?: true };
}

/**
 * The host, with every operation noted in `events` as it ends.
 * @param now milliseconds since 1970, with a fraction.
 */
export function recordingHost(host: Host, now: () => number, events: TraceEvent[]): Host {
  const note = (name: string, args: unknown, began: number, failed: boolean) => {
    const [ts, dur] = [began * 1000, (now() - began) * 1000].map(Math.round) as [number, number];
    const subject = subjectOf(args);
    events.push({
      name,
      ph: 'X',
      ts,
      dur,
      pid: host.pid,
      tid: 1,
      args: { subject, ...(failed && { failed: true }) },
    });
  };
  return {
    get cwd() {
      return host.cwd;
    },
    get env() {
      return host.env;
    },
    pid: host.pid,
    // The executable's host answers at once, and what is traced shall do the same.
    call(op, args) {
      const began = now();
      const fail = (error: unknown): never => {
        note(op, args, began, true);
        throw error;
      };
      const done = <T>(result: T): T => {
        note(op, args, began, false);
        return result;
      };
      let answer: ReturnType<typeof host.call<typeof op>>;
      try {
        answer = host.call(op, args);
      } catch (error) {
        return fail(error);
      }
      return answer instanceof Promise ? answer.then(done, fail) : done(answer);
    },
  };
}

/** What an operation is about, where its arguments say so. */
function subjectOf(args: unknown): string {
  if (typeof args !== 'object' || args === null) return '';
  const { path, paths, socket } = args as { path?: unknown; paths?: unknown; socket?: unknown };
  const first = path ?? socket ?? (Array.isArray(paths) ? paths[0] : undefined);
  return typeof first === 'string' ? first : '';
}
