import type { ErrorSource } from '../errors/locate-error.ts';
import { systemError } from '../errors/system-error.ts';
import type { LaunchEvent, LaunchPlan } from '../host/generated/plan.ts';
import type { Process } from '../spec/generated/config.ts';
import { type StateRecord, splitLabels } from '../state/state-record.ts';
import { demandStatus } from '../state/status.ts';
import { abandonLaunch } from './abandon-launch.ts';
import { throwIfAborted } from './abort.ts';
import { checkTerminal } from './check-terminal.ts';
import { execProcess } from './exec-process.ts';
import { type ExitResult, exitResult } from './exit-code.ts';
import { launchAhead } from './launch-ahead.ts';
import { listenFds } from './listen-fds.ts';
import { type LoadedContainer, loadContainer } from './load-container.ts';
import { noteAffinity, noteSeccomp } from './note-debug.ts';
import { writePidFile } from './pid-file.ts';
import type { ExecOptions, RuntimeContext } from './types.ts';

export interface ExecResult extends ExitResult {
  pid: number;
}

/**
 * Runs a further process in a container, with everything that binds the container's own. Detached it
 * returns at once with exit code 0. Whatever keeps the process from starting has exit code 255.
 */
export async function exec(context: RuntimeContext, options: ExecOptions): Promise<ExecResult> {
  const event = await startExec(context, options);
  const { host } = context;
  try {
    if (!options.detach) return { pid: event.pid, ...(await finishExec(context, event)) };
    await host.call('launchRelease', { handle: event.handle });
    return { pid: event.pid, exitCode: 0 };
  } catch (error) {
    throw await execFailed(error);
  }
}

/** The first half: the program is executing, and the caller has to wait for or release its handle. */
export async function startExec(
  context: RuntimeContext,
  options: ExecOptions,
): Promise<LaunchEvent> {
  const ahead = launchAhead(context.host, options);
  try {
    const { plan, source } = await planOf(context, options);
    throwIfAborted(context);
    const whole = { ...plan, ...(await ahead.handle()) };
    return await launch(context, options, { plan: whole, source });
  } catch (error) {
    await ahead.end();
    throw await execFailed(error);
  }
}

/** The second half. */
export async function finishExec(
  { host }: RuntimeContext,
  { handle }: LaunchEvent,
  foreground = true,
): Promise<ExitResult> {
  try {
    // The handle ends with the wait.
    return exitResult(await host.call('wait', { handle, foreground }));
  } catch (error) {
    // A process that nobody can wait for must not go on unseen.
    await abandonLaunch(host, handle);
    throw systemError(error);
  }
}

/** What to launch, and the file that its pointers count in. */
interface Planned {
  plan: LaunchPlan;
  source: ErrorSource;
}

async function planOf(context: RuntimeContext, options: ExecOptions): Promise<Planned> {
  const container = await loadContainer(context, options.id);
  const { record, status } = container;
  if (!(status === 'paused' && options.ignorePaused)) demandStatus('exec', status, options.id);
  const { process, source } = await execProcess(context, options, record);
  checkTerminal(process.terminal ?? false, options.detach ?? false, options.consoleSocket);
  try {
    const plan = await planProcess(context, options, container, process);
    noteAffinity(context, process.execCPUAffinity?.initial);
    noteSeccomp(context, plan);
    return { plan, source };
  } catch (error) {
    const { locateError } = await import('../errors/locate-error.ts');
    throw await locateError(error, source);
  }
}

async function planProcess(
  context: RuntimeContext,
  options: ExecOptions,
  { dir, record }: LoadedContainer,
  process: Process,
): Promise<LaunchPlan> {
  const [{ execContainer, withContainerDefaults }, { planExec }, { subCgroups }] =
    await Promise.all([
      import('../state/from-libcontainer.ts'),
      import('../plan/plan-exec.ts'),
      import('./sub-cgroup.ts'),
    ]);
  const { host, warn, rootless = record.config.rootless_cgroups } = context;
  const unit = await unitToAsk(context, record);
  const container = { ...execContainer(record), ...(unit && { unit }) };
  const { env, preserveFds } = listenFds(host, options.preserveFds);
  const filled = withContainerDefaults(process, record.config);
  return planExec(
    env.length === 0 ? filled : { ...filled, env: [...(filled.env ?? []), ...env] },
    { ...container, cgroupPaths: subCgroups(container.cgroupPaths, options.cgroup) },
    {
      id: options.id,
      bundle: splitLabels(record.config.labels).bundle || '/',
      stateDir: dir,
      gate: { open: {} },
      preserveFds,
      stdio: options.stdio ?? [0, 1, 2],
      processPointer: options.processFile ? '' : '/process',
      warn: (message) => warn?.('warning', message),
      ...(rootless !== undefined && { rootless }),
      ...(options.consoleSocket && { consoleSocket: options.consoleSocket }),
      ...(options.pidfdSocket && { pidfdSocket: options.pidfdSocket }),
    },
    await host.call('facts', null),
  );
}

/** A user's process may not enter a group of his manager by itself; systemd lets it in. */
async function unitToAsk({ host }: RuntimeContext, { config }: StateRecord) {
  const { Systemd, Rootless } = config.cgroups;
  if (!Systemd || !Rootless) return undefined;
  const [{ unitManager }, { containerUnit }] = await Promise.all([
    import('./systemd-manager.ts'),
    import('../state/container-unit.ts'),
  ]);
  try {
    return { manager: await unitManager(host, true), name: containerUnit(config.cgroups) ?? '' };
  } catch {
    // without a bus nobody can be asked, and cgroups are optional for a user
    return undefined;
  }
}

async function launch(
  context: RuntimeContext,
  options: ExecOptions,
  { plan, source }: Planned,
): Promise<LaunchEvent> {
  const { host } = context;
  let event: LaunchEvent | undefined;
  try {
    // runc's words for the same three moments
    context.warn?.('debug', 'nsexec container setup');
    event = await host.call('launch', plan);
    context.warn?.('debug', `child process in init(), pid ${event.pid}`);
    context.onPipes?.(event.pipes);
    // From ready to running; an exec has no other stops.
    while (event.kind !== 'running') {
      throwIfAborted(context);
      context.warn?.('debug', 'setns_init: about to exec');
      event = await host.call('launchContinue', { handle: event.handle });
    }
    if (options.pidFile) await writePidFile(host, options.pidFile, event.pid);
    return event;
  } catch (error) {
    if (event) await abort(context, event.handle);
    const { launchError } = await import('../errors/launch-error.ts');
    throw await launchError(error, { plan, exec: true, source });
  }
}

/** The first error is the one to tell. */
async function abort({ host, warn }: RuntimeContext, handle: number): Promise<void> {
  try {
    await host.call('launchAbort', { handle });
  } catch (error) {
    warn?.('warning', `clean-up: ${String(error)}`);
  }
}

async function execFailed(error: unknown): Promise<unknown> {
  const { prefixError } = await import('../errors/prefix-error.ts');
  return prefixError(systemError(error), 'exec failed: ', 255);
}
