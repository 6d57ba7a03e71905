import type { Mount } from '../generated/config.ts';
import { checkIdMappings } from './id-mappings.ts';
import { type ConfigRule, hasNamespace, isForLinux, quote, type RuleReport } from './rule.ts';

/** Mounts have a place and, if bound, a source; id maps are whole. */
export const mounts: ConfigRule = (spec, report) => {
  if (!isForLinux(spec)) return;
  const hasUserNamespace = hasNamespace(spec, 'user');
  spec.mounts?.forEach((mount, i) => {
    const at = `/mounts/${i}`;
    checkDestination(mount, at, report);
    checkSource(mount, at, report);
    if (mount.uidMappings || mount.gidMappings) checkOwnMappings(mount, at, report);
    else if (!hasUserNamespace) checkNoIdmap(mount, at, report);
  });
};

function checkDestination({ destination }: Mount, at: string, report: RuleReport): void {
  if (destination === '') report.fail(`${at}/destination`, 'the destination must not be empty');
  else if (!destination.startsWith('/')) {
    const message = `${quote(destination)} is relative, which is deprecated; it is taken from /`;
    report.warn(`${at}/destination`, message);
  }
}

function checkSource({ source, options }: Mount, at: string, report: RuleReport): void {
  if (source || !(options?.includes('bind') || options?.includes('rbind'))) return;
  report.fail(`${at}/source`, 'a bind mount needs a source');
}

function checkOwnMappings(mount: Mount, at: string, report: RuleReport): void {
  const { uidMappings = [], gidMappings = [] } = mount;
  checkIdMappings(uidMappings, `${at}/uidMappings`, report);
  checkIdMappings(gidMappings, `${at}/gidMappings`, report);
  if (uidMappings.length > 0 && gidMappings.length > 0) return;
  report.fail(at, 'id-mapped mounts must have both uid and gid mappings specified');
}

function checkNoIdmap({ options }: Mount, at: string, report: RuleReport): void {
  for (const option of ['idmap', 'ridmap']) {
    const index = options?.indexOf(option) ?? -1;
    if (index < 0) continue;
    const message = `${option} needs uidMappings and gidMappings, or a user namespace`;
    report.fail(`${at}/options/${index}`, message);
  }
}
