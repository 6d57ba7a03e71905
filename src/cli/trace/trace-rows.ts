import type { TraceEvent } from './record-trace.ts';

/** One operation as it is drawn, in milliseconds from the first one. */
export interface TraceRow {
  at: number;
  takes: number;
  name: string;
  subject: string;
  /** For the container, not for the kernel. */
  waits: boolean;
  failed: boolean;
}

/** They last as long as a container does. */
const waiting: ReadonlySet<string> = new Set(['wait', 'watchNext', 'shimAttach', 'shimWait']);

/** In the order of their beginnings; `total` is when the last that does not wait for the container ends. */
export function shownRows(events: readonly TraceEvent[]): { rows: TraceRow[]; total: number } {
  const sorted = events.toSorted((one, other) => one.ts - other.ts);
  const start = sorted[0]?.ts ?? 0;
  const rows = sorted.map(({ name, ts, dur, args }) => ({
    at: (ts - start) / 1000,
    takes: dur / 1000,
    name,
    subject: args.subject,
    waits: waiting.has(name),
    failed: args.failed === true,
  }));
  const first = rows.findIndex(({ waits }) => waits);
  // Of the start-up: what cleans up after the container comes as late as the container ends.
  const counted = first === -1 ? rows : rows.slice(0, first + 1);
  const ends = counted.map(({ at, takes, waits }) => (waits ? at : at + takes));
  return { rows, total: Math.max(0, ...ends) };
}

const barWidth = 28;

/** The same for a terminal, at most 80 columns wide. Pure. */
export function traceText(events: readonly TraceEvent[]): string {
  const { rows, total } = shownRows(events);
  const lines = rows.map(({ at, takes, name, subject, waits }) => {
    const from = Math.min(Math.floor((at / (total || 1)) * barWidth), barWidth - 1);
    const length = Math.ceil((takes / (total || 1)) * barWidth);
    const bar = `${' '.repeat(from)}${(waits ? '.' : '#').repeat(Math.max(1, Math.min(length, barWidth - from)))}`;
    const cells = [
      at.toFixed(2).padStart(8),
      takes.toFixed(2).padStart(8),
      name.padEnd(16).slice(0, 16),
    ];
    return `${cells.join(' ')} |${bar.padEnd(barWidth)}| ${subject.slice(-13)}`.trimEnd();
  });
  const head = `${'AT ms'.padStart(8)} ${'TAKES'.padStart(8)} ${'OPERATION'.padEnd(16)}`;
  return `${[head.trimEnd(), ...lines].join('\n')}\n`;
}
