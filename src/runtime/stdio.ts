import type { StdioTriple } from '../lifecycle/types.ts';

/** Where one of stdin, stdout and stderr goes; a number is a descriptor of this process. */
export type StdioEntry = 'inherit' | 'ignore' | 'pipe' | number;

/** One word for all three, or one for each. */
export type StdioOption =
  | 'inherit'
  | 'ignore'
  | 'pipe'
  | readonly [StdioEntry, StdioEntry, StdioEntry];

/** As the host knows it: own descriptor, -1 for /dev/null, -2 for a new pipe. */
export function stdioTriple(option: StdioOption): StdioTriple {
  const entries = typeof option === 'string' ? ([option, option, option] as const) : option;
  const [stdin, stdout, stderr] = entries;
  return [number(stdin, 0), number(stdout, 1), number(stderr, 2)];
}

function number(entry: StdioEntry, own: number): number {
  if (typeof entry === 'number') return entry;
  return { inherit: own, ignore: -1, pipe: -2 }[entry];
}
