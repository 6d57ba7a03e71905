import type { LinuxNamespace } from '../spec/generated/config.ts';

/** runtime-spec name → libcontainer name. */
export const namespaceNames: Record<string, string> & Record<LinuxNamespace['type'], string> = {
  pid: 'NEWPID',
  network: 'NEWNET',
  mount: 'NEWNS',
  ipc: 'NEWIPC',
  uts: 'NEWUTS',
  user: 'NEWUSER',
  cgroup: 'NEWCGROUP',
  time: 'NEWTIME',
};

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
