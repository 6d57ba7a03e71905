/** A device that every container has, node and permission alike. */
export interface DefaultDevice {
  path: string;
  major: number;
  minor: number;
}

/** The spec's default devices; /dev/console and /dev/ptmx come to be in other ways. */
export const defaultDevices: readonly DefaultDevice[] = [
  { path: '/dev/null', major: 1, minor: 3 },
  { path: '/dev/random', major: 1, minor: 8 },
  { path: '/dev/full', major: 1, minor: 7 },
  { path: '/dev/tty', major: 5, minor: 0 },
  { path: '/dev/zero', major: 1, minor: 5 },
  { path: '/dev/urandom', major: 1, minor: 9 },
];
