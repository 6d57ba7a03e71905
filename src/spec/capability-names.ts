/** Names by number, from CAP_CHOWN = 0 on; `CAP_` left out. */
const names =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE';

let numbers: Map<string, number> | undefined;

/** The number of `CAP_…`, undefined for a name that no kernel has. */
export function capabilityNumber(name: string): number | undefined {
  numbers ??= new Map(names.split(' ').map((short, number) => [`CAP_${short}`, number]));
  return numbers.get(name);
}

/** All names in the order of their numbers. */
export function capabilityNames(): string[] {
  return names.split(' ').map((short) => `CAP_${short}`);
}
