import type { Mount, Spec } from '../generated/config.ts';
import { checkIdMappings } from './id-mappings.ts';
import { type ConfigRule, hasNamespace, isForLinux, quote, type RuleReport } from './rule.ts';

/** Mounts have a place and, if bound, a source; id maps are whole. */
export const mounts: ConfigRule = (spec, report) => {
  if (!isForLinux(spec)) return;
  spec.mounts?.forEach((mount, i) => {
    const at = `/mounts/${i}`;
    checkDestination(mount, at, report);
    checkSource(mount, at, report);
    checkIdmap(mount, at, spec, report);
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
  if (source || !options?.some((option) => option === 'bind' || option === 'rbind')) return;
  report.fail(`${at}/source`, 'a bind mount needs a source');
}

function checkIdmap(mount: Mount, at: string, spec: Spec, report: RuleReport): void {
  const { uidMappings, gidMappings, options = [] } = mount;
  const uids = uidMappings?.length ?? 0;
  const gids = gidMappings?.length ?? 0;
  checkIdMappings(uidMappings ?? [], `${at}/uidMappings`, report);
  checkIdMappings(gidMappings ?? [], `${at}/gidMappings`, report);
  if ((uids === 0) !== (gids === 0)) {
    report.fail(at, 'id-mapped mounts must have both uid and gid mappings specified');
  }
  const option = options.find((name) => name === 'idmap' || name === 'ridmap');
  if (option && uids + gids === 0 && !hasNamespace(spec, 'user')) {
    const index = options.indexOf(option);
    const message = `${option} needs uidMappings and gidMappings, or a user namespace`;
    report.fail(`${at}/options/${index}`, message);
  }
}
