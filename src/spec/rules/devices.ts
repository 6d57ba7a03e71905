import { type ConfigRule, quote, type ResourcesRule } from './rule.ts';

/** dev_t of the kernel: 12 bits of major, 20 of minor. */
const largest = { major: 0xfff, minor: 0xfffff };

/** Nodes have an absolute path and, unless they are fifos, numbers that exist. */
export const devices: ConfigRule = ({ linux }, report) => {
  linux?.devices?.forEach((device, i) => {
    const at = `/linux/devices/${i}`;
    if (!device.path.startsWith('/')) {
      report.fail(`${at}/path`, `the path must be absolute, not ${quote(device.path)}`);
    }
    if (device.type === 'p') return;
    for (const key of ['major', 'minor'] as const) {
      const number = device[key];
      if (number === undefined) report.fail(at, `a device of type ${device.type} needs a ${key}`);
      else if (number < 0 || number > largest[key]) {
        report.fail(`${at}/${key}`, `${number} is not from 0 to ${largest[key]}`);
      }
    }
  });
};

/** Rules of the device cgroup name rights, and numbers or -1 for all. */
export const deviceRules: ResourcesRule = (resources, pointer, report) => {
  resources.devices?.forEach(({ access, major = -1, minor = -1 }, i) => {
    const at = `${pointer}/devices/${i}`;
    if (!access) report.fail(at, `device access at ${i} field cannot be empty`);
    // Nearly all rules have the first.
    else if (access !== 'rwm' && !/^[rwm]+$/.test(access)) {
      // Other runtimes pass them over.
      report.warn(`${at}/access`, `${quote(access)} has other letters than r, w and m`);
    }
    if (major < -1) report.fail(`${at}/major`, `${major} is neither a number of a device nor -1`);
    if (minor < -1) report.fail(`${at}/minor`, `${minor} is neither a number of a device nor -1`);
  });
};
