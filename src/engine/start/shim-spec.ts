import type { HostFacts, ShimOom, ShimSpec } from '../../host/generated/plan.ts';
import { probeOf } from '../containers/health.ts';
import type { Container } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { containerPaths } from '../engine-paths.ts';
import { runtimeCommand } from '../life/runtime-command.ts';
import { shimLog } from '../shim/shim-log.ts';
import { containerCgroup } from '../spec/container-spec.ts';

/** What the shim of a container is told. Its bundle is made. */
export async function shimSpec(engine: Engine, container: Container): Promise<ShimSpec> {
  const { host, paths } = engine;
  const { id, config } = container;
  const places = containerPaths(paths, id);
  const { Tty, OpenStdin, StdinOnce } = config.Config;
  const oom = memoryGroup(await host.call('facts', null), containerCgroup(container));
  const { rundlet } = await host.call('ownPrograms', null);
  const probe = probeOf(config.Config.Healthcheck, config.Config.Shell);
  const roots = ['--data-root', paths.dataRoot, '--exec-root', paths.execRoot];
  return {
    id,
    bundle: places.bundle,
    ioDirectory: places.io,
    ownDirectory: places.own,
    shimLogs: places.shimLogs,
    runtime: await runtimeCommand(engine, container),
    tty: Tty,
    openStdin: OpenStdin,
    stdinOnce: StdinOnce,
    log: shimLog(engine, container),
    ...(oom && { oom }),
    cleanup: [rundlet, ...roots, 'container', 'cleanup', id],
    ...(probe && {
      health: {
        argv: [rundlet, ...roots, 'container', 'healthcheck', id],
        intervalMs: probe.interval,
      },
    }),
  };
}

function memoryGroup({ cgroup }: HostFacts, path: string): ShimOom | undefined {
  const { version, hierarchies } = cgroup;
  const hierarchy = hierarchies.find(({ controllers }) => controllers.includes('memory'));
  return hierarchy && { version, memory: `${hierarchy.mount}${path}` };
}
