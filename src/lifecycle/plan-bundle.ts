import { type Bundle, checkRootfs, loadBundle } from '../bundle/load-bundle.ts';
import type { Gate, HostFacts, LaunchPlan } from '../host/generated/plan.ts';
import type { PlanOptions } from '../plan/plan-options.ts';
import type { Spec } from '../spec/generated/config.ts';
import { containerDirectory } from '../state/store.ts';
import { checkTerminal } from './check-terminal.ts';
import { listenFds } from './listen-fds.ts';
import { noteSeccomp } from './note-debug.ts';
import type { CreateOptions, RuntimeContext } from './types.ts';

export interface PlannedBundle {
  bundle: Bundle;
  /** Absolute. */
  rootfs: string;
  plan: LaunchPlan;
  facts: HostFacts;
  /** Whether permissions for cgroups may be missing, where it is not as usual for this user. */
  rootless?: boolean;
}

/** What create or run would do for a bundle, without doing any of it. */
export async function planBundle(
  context: RuntimeContext,
  options: CreateOptions & { detach?: boolean },
  gate: Gate = { word: {} },
): Promise<PlannedBundle> {
  const { host, warn } = context;
  const bundle = await loadBundle(
    host,
    options.bundle,
    (text) => warn?.('warning', text),
    options.configFile,
  );
  const source = { text: bundle.text, file: bundle.file };
  try {
    const spec = await specWithProcess(context, bundle, options);
    // Before planning, which may warn of what is then refused.
    const rootfs = await checkRootfs(host, bundle);
    const planned = await planSpec(context, options, { ...bundle, spec }, gate);
    return { bundle, rootfs, ...planned };
  } catch (error) {
    const { locateError } = await import('../errors/locate-error.ts');
    throw await locateError(error, source);
  }
}

async function planSpec(
  context: RuntimeContext,
  options: CreateOptions,
  bundle: Bundle,
  gate: Gate,
): Promise<Pick<PlannedBundle, 'plan' | 'facts' | 'rootless'>> {
  const [facts, { planContainer }] = await Promise.all([
    context.host.call('facts', null),
    import('../plan/plan-container.ts'),
  ]);
  const systemd = await systemdOptions(context, facts);
  const all = { ...planOptions(context, options, bundle, gate), ...systemd };
  const plan = planContainer(bundle.spec, all, facts);
  noteSeccomp(context, plan);
  const { rootless = context.rootless } = systemd;
  return { plan, facts, ...(rootless !== undefined && { rootless }) };
}

/** The config, with a process that this call can give a terminal or not, and handed-over sockets. */
async function specWithProcess(
  { host, root }: RuntimeContext,
  { spec, text, file }: Bundle,
  options: CreateOptions & { detach?: boolean },
): Promise<Spec> {
  const { requireProcess } = await import('../spec/validate-config.ts');
  const process = requireProcess(spec, { text, file });
  checkTerminal(process.terminal ?? false, options.detach ?? false, options.consoleSocket);
  const { env } = listenFds(host);
  const handed =
    env.length === 0
      ? spec
      : { ...spec, process: { ...process, env: [...(process.env ?? []), ...env] } };
  if (!options.notifySocket) return handed;
  const { withNotifySocket } = await import('./notify.ts');
  return withNotifySocket(handed, containerDirectory(root, options.id));
}

/** Nothing without the systemd driver. */
async function systemdOptions(
  context: RuntimeContext,
  facts: HostFacts,
): Promise<Pick<PlanOptions, 'systemd' | 'rootless'>> {
  if (context.cgroupManager !== 'systemd') return {};
  const { systemdFacts } = await import('./systemd-manager.ts');
  const { rootless, ...systemd } = await systemdFacts(context, facts);
  return { systemd, rootless };
}

function planOptions(
  { host, root, warn, cgroupManager, rootless }: RuntimeContext,
  options: CreateOptions,
  { bundle }: Bundle,
  gate: Gate,
): PlanOptions {
  return {
    id: options.id,
    bundle,
    stateDir: containerDirectory(root, options.id),
    gate,
    stdio: options.stdio ?? [0, 1, 2],
    preserveFds: listenFds(host, options.preserveFds).preserveFds,
    warn: (message) => warn?.('warning', message),
    ...(cgroupManager && { cgroupManager }),
    ...(rootless !== undefined && { rootless }),
    ...(options.consoleSocket && { consoleSocket: options.consoleSocket }),
    ...(options.pidfdSocket && { pidfdSocket: options.pidfdSocket }),
    ...(options.noPivot && { noPivot: true }),
    ...(options.noNewKeyring && { noNewKeyring: true }),
  };
}
