import { joinPointer } from '../json-pointer.ts';
import { type ConfigRule, hasNamespace, quote } from './rule.ts';

/** IFNAMSIZ, without the NUL. */
const maxNameLength = 15;

/** Interfaces have names that the kernel takes, go to an own network namespace, and differ there. */
export const netDevices: ConfigRule = (spec, report) => {
  const devices = Object.entries(spec.linux?.netDevices ?? {});
  if (devices.length > 0 && !hasNamespace(spec, 'network')) {
    report.fail('/linux/netDevices', 'unable to move network devices without a NET namespace');
  }
  const taken: string[] = [];
  for (const [hostName, { name = '' }] of devices) {
    const at = joinPointer('/linux/netDevices', hostName);
    if (!isInterfaceName(hostName)) {
      report.fail(at, `invalid network device name ${quote(hostName)}`);
    }
    if (name !== '' && !isInterfaceName(name)) {
      report.fail(`${at}/name`, `invalid network device name ${quote(name)}`);
    }
    const inside = name || hostName;
    if (taken.includes(inside)) report.fail(at, `a second device is to be named ${quote(inside)}`);
    // The kernel fills a %d, so two devices may share a template.
    if (!inside.includes('%d')) taken.push(inside);
  }
};

/** dev_valid_name() of net/core/dev.c. */
function isInterfaceName(name: string): boolean {
  if (name === '' || name === '.' || name === '..') return false;
  return name.length <= maxNameLength && !/[/:\s]/.test(name);
}
