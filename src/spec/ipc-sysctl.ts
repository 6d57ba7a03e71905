const systemV: ReadonlySet<string> = new Set([
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
]);

/** Whether a kernel parameter, with dots, belongs to the IPC namespace: System V's, or POSIX queues'. */
export function isIpcSysctl(name: string): boolean {
  return systemV.has(name) || name.startsWith('fs.mqueue.');
}
