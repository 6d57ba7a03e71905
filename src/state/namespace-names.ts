/** runtime-spec name → libcontainer name. */
export const namespaceNames: Record<string, string> & Record<NamespaceKind, string> = {
  pid: 'NEWPID',
  network: 'NEWNET',
  mount: 'NEWNS',
  ipc: 'NEWIPC',
  uts: 'NEWUTS',
  user: 'NEWUSER',
  cgroup: 'NEWCGROUP',
  time: 'NEWTIME',
};

export type NamespaceKind =
  | 'pid'
  | 'network'
  | 'mount'
  | 'ipc'
  | 'uts'
  | 'user'
  | 'cgroup'
  | 'time';

/** libcontainer name → file in /proc/PID/ns. */
export const namespaceFiles: Record<string, string> = {
  NEWCGROUP: 'cgroup',
  NEWIPC: 'ipc',
  NEWNET: 'net',
  NEWNS: 'mnt',
  NEWPID: 'pid',
  NEWTIME: 'time',
  NEWUSER: 'user',
  NEWUTS: 'uts',
};
