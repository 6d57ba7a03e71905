import { suggestion } from '../did-you-mean.ts';
import { type ProcessRule, quote } from './rule.ts';

/** Capabilities by number, from the kernel's include/uapi/linux/capability.h (6.18). */
export const capabilityNames = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_DAC_READ_SEARCH',
  'CAP_FOWNER',
  'CAP_FSETID',
  'CAP_KILL',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETPCAP',
  'CAP_LINUX_IMMUTABLE',
  'CAP_NET_BIND_SERVICE',
  'CAP_NET_BROADCAST',
  'CAP_NET_ADMIN',
  'CAP_NET_RAW',
  'CAP_IPC_LOCK',
  'CAP_IPC_OWNER',
  'CAP_SYS_MODULE',
  'CAP_SYS_RAWIO',
  'CAP_SYS_CHROOT',
  'CAP_SYS_PTRACE',
  'CAP_SYS_PACCT',
  'CAP_SYS_ADMIN',
  'CAP_SYS_BOOT',
  'CAP_SYS_NICE',
  'CAP_SYS_RESOURCE',
  'CAP_SYS_TIME',
  'CAP_SYS_TTY_CONFIG',
  'CAP_MKNOD',
  'CAP_LEASE',
  'CAP_AUDIT_WRITE',
  'CAP_AUDIT_CONTROL',
  'CAP_SETFCAP',
  'CAP_MAC_OVERRIDE',
  'CAP_MAC_ADMIN',
  'CAP_SYSLOG',
  'CAP_WAKE_ALARM',
  'CAP_BLOCK_SUSPEND',
  'CAP_AUDIT_READ',
  'CAP_PERFMON',
  'CAP_BPF',
  'CAP_CHECKPOINT_RESTORE',
];

const sets = ['bounding', 'effective', 'inheritable', 'permitted', 'ambient'] as const;

/**
 * A name that is none of the kernel's may be a typing error, or that of a newer kernel: config.md says
 * "MUST be logged as a warning". The container runs without it.
 */
export const capabilities: ProcessRule = (process, pointer, report) => {
  for (const set of sets) {
    process.capabilities?.[set]?.forEach((name, i) => {
      if (capabilityNames.includes(name)) return;
      const meant = name.toUpperCase().startsWith('CAP_') ? name : `CAP_${name}`;
      const message = `unknown capability ${quote(name)}${suggestion(meant, capabilityNames)}`;
      report.warn(`${pointer}/capabilities/${set}/${i}`, message);
    });
  }
};
