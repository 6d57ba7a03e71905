import { RundletError } from '../errors/rundlet-error.ts';
import type { CgroupPathMap } from '../state/cgroup-paths.ts';

/**
 * The groups that a further process joins: the container's, or by `--cgroup [controller,…:]path` groups
 * below them. A path can not leave the container's own group.
 */
export function subCgroups(paths: CgroupPathMap, flags: readonly string[] = []): CgroupPathMap {
  if (flags.length === 0) return paths;
  const joined = { ...paths };
  const seen = new Set<string>();
  for (const flag of flags) {
    for (const [controller, path] of parse(flag, Object.keys(paths), flags.length)) {
      if (seen.has(controller)) {
        throw usage(
          `invalid --cgroup argument(s): controller ${controller} specified multiple times`,
        );
      }
      seen.add(controller);
      const base = paths[controller];
      if (base === undefined) throw usage(`unknown controller ${controller} in SubCgroupPaths`);
      joined[controller] = below(base, path);
    }
  }
  return joined;
}

function parse(flag: string, controllers: string[], flags: number): [string, string][] {
  const colon = flag.indexOf(':');
  if (colon === -1) {
    // One path alone is for every hierarchy.
    if (flags === 1) return controllers.map((controller) => [controller, flag]);
    throw usage(`invalid --cgroup argument: ${flag} (missing <controller>: prefix)`);
  }
  const named = flag.slice(0, colon).split(',');
  if (named.includes('')) {
    throw usage(`invalid --cgroup argument: ${flag} (empty <controller> prefix)`);
  }
  return named.map((controller) => [controller, flag.slice(colon + 1)]);
}

function below(base: string, path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..'))
    throw usage(`bad sub cgroup path: ${path} (\`..\` components are not allowed)`);
  return [base, ...parts].join('/');
}

function usage(message: string): RundletError {
  return new RundletError('ERR_RUNDLET_USAGE', message);
}
