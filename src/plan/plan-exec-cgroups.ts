import { quote } from '../errors/quote.ts';
import type { CgroupDir, CgroupPlan, HostFacts } from '../host/generated/plan.ts';
import { cleanPath } from '../spec/clean-path.ts';
import { isRootless } from './draft.ts';
import { invalid } from './plan-error.ts';
import type { ExecContainer, ExecPlanOptions } from './plan-options.ts';

/** The container's groups, or groups below them, for a process to join. */
export function planExecCgroups(
  { cgroupPaths, unit }: ExecContainer,
  options: ExecPlanOptions,
  facts: HostFacts,
): CgroupPlan {
  const { subCgroups = {} } = options;
  const { version, hierarchies } = facts.cgroup;
  const groups = new Map<string, CgroupDir>();
  for (const [controller, directory] of Object.entries(cgroupPaths)) {
    const below = subPath(subCgroups[controller] ?? subCgroups['']);
    const fact = hierarchies.find(({ mount }) => directory.startsWith(`${mount}/`));
    const mount = fact?.mount ?? directory;
    const path = cleanPath(`${directory.slice(mount.length)}/${below}`) || '/';
    // controllers that share a hierarchy share the directory
    groups.set(mount + path, {
      hierarchy: fact?.name ?? controller,
      mount,
      path,
      inheritCpuset: false,
      controllers: [],
      writes: [],
    });
  }
  const optional = options.rootless ?? isRootless(facts);
  return {
    version,
    groups: [...groups.values()],
    existing: true,
    devices: [],
    optional,
    ...(unit && { systemd: { ...unit, properties: [] } }),
  };
}

/** `..` must not lead out of the container's group. */
function subPath(path: string | undefined): string {
  if (!path) return '';
  if (path.split('/').includes('..')) throw invalid('', `bad sub cgroup path: ${quote(path)}`);
  return cleanPath(path);
}
