import type { Spec } from '../generated/config.ts';
import { checkIdMappings } from './id-mappings.ts';
import { type ConfigRule, hasNamespace, isForLinux, quote, type RuleReport } from './rule.ts';

/** Each type once, joined by absolute paths. */
export const namespaces: ConfigRule = ({ linux }, report) => {
  const seen: string[] = [];
  linux?.namespaces?.forEach(({ type, path }, i) => {
    const at = `/linux/namespaces/${i}`;
    if (seen.includes(type)) {
      report.fail(at, `malformed spec file: duplicated ns ${quote(type)}`);
    }
    if (path && !path.startsWith('/')) {
      report.fail(`${at}/path`, `the path must be absolute, not ${quote(path)}`);
    }
    seen.push(type);
  });
};

/** A new user namespace has both maps; without one there is nothing to map. */
export const userNamespace: ConfigRule = (spec, report) => {
  const { uidMappings = [], gidMappings = [] } = spec.linux ?? {};
  checkIdMappings(uidMappings, '/linux/uidMappings', report);
  checkIdMappings(gidMappings, '/linux/gidMappings', report);
  const mapped = uidMappings.length > 0 || gidMappings.length > 0;
  const index = spec.linux?.namespaces?.findIndex(({ type }) => type === 'user') ?? -1;
  const at = `/linux/namespaces/${index}`;
  if (index < 0) {
    if (mapped) {
      const key = uidMappings.length > 0 ? 'uidMappings' : 'gidMappings';
      const message =
        "user namespace mappings specified, but user namespace isn't enabled in the config";
      report.fail(`/linux/${key}`, message);
    }
  } else if (spec.linux?.namespaces?.[index]?.path) {
    // containerd and CRI-O give both, with the same maps as the namespace's own.
    if (mapped) report.warn(at, 'the mappings of a joined user namespace are its own');
  } else if (!mapped) {
    const message =
      'user namespaces enabled, but no namespace path to join nor mappings to apply specified';
    report.fail(at, message);
  } else if (uidMappings.length === 0 || gidMappings.length === 0) {
    const missing = uidMappings.length === 0 ? 'uidMappings' : 'gidMappings';
    report.fail(at, `a user namespace needs linux.${missing}, too`);
  }
};

/** clock_gettime(2): the clocks that a time namespace shifts. */
const clocks = ['monotonic', 'boottime'];

/** Offsets belong to a new time namespace and name its clocks. */
export const timeOffsets: ConfigRule = (spec, report) => {
  const offsets = spec.linux?.timeOffsets;
  if (!offsets) return;
  const time = spec.linux?.namespaces?.find(({ type }) => type === 'time');
  const at = '/linux/timeOffsets';
  if (!time) {
    const message =
      "time namespace offsets specified, but time namespace isn't enabled in the config";
    report.fail(at, message);
  } else if (time.path) report.fail(at, 'a time namespace that is joined keeps its own offsets');
  for (const [clock, { nanosecs = 0 }] of Object.entries(offsets)) {
    if (!clocks.includes(clock)) {
      report.fail(`${at}/${clock}`, `unknown clock ${quote(clock)}, not ${clocks.join(' or ')}`);
    }
    if (nanosecs >= 1e9) report.fail(`${at}/${clock}/nanosecs`, `${nanosecs} is a second or more`);
  }
};

/** sethostname(2), setdomainname(2): the length of each in struct utsname, without its NUL. */
const maxNameLength = 64;

/** Names are set in an own UTS namespace, not in the host's. */
export const hostname: ConfigRule = (spec, report) => {
  if (!isForLinux(spec)) return;
  checkUtsName(spec, 'hostname', report);
  checkUtsName(spec, 'domainname', report);
};

function checkUtsName(spec: Spec, key: 'hostname' | 'domainname', report: RuleReport): void {
  const name = spec[key];
  if (!name) return;
  if (!hasNamespace(spec, 'uts')) {
    report.fail(`/${key}`, `unable to set ${key} without a private UTS namespace`);
  }
  if (name.length > maxNameLength) {
    report.fail(`/${key}`, `${name.length} characters, the kernel takes ${maxNameLength}`);
  }
}
