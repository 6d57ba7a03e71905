import { quote } from '../errors/quote.ts';
import { containerPath } from '../spec/clean-path.ts';
import { invalid } from './plan-error.ts';

/** What lxcfs and the like may put over single files of /proc. */
const coveredProcFiles = [
  'cpuinfo',
  'diskstats',
  'meminfo',
  'stat',
  'swaps',
  'uptime',
  'loadavg',
  'slabinfo',
  'sys/kernel/ns_last_pid',
  'sys/crypto/fips_enabled',
];

/**
 * The clean target of a mount. Refuses the root itself, and what would fake /proc for the runtime
 * (CVE-2019-16884); init checks again after it has resolved the path in the rootfs.
 */
export function mountTarget(from: string, destination: string, fstype: string): string {
  const target = containerPath(destination);
  const pointer = `${from}/destination`;
  if (target === '/')
    throw invalid(pointer, `mountpoint ${quote(destination)} is on the top of rootfs`);
  // whether a bind brings a procfs, init sees
  if (target === '/proc' && fstype !== 'proc' && fstype !== 'bind') {
    throw invalid(pointer, '"/proc" cannot be mounted because it is not of type proc');
  }
  if (target.startsWith('/proc/') && !coveredProcFiles.includes(target.slice('/proc/'.length))) {
    throw invalid(pointer, `${quote(target)} cannot be mounted because it is inside /proc`);
  }
  return target;
}
