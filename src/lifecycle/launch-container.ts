import type { Bundle } from '../bundle/load-bundle.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import { callAll } from '../host/call-all.ts';
import type { Gate, LaunchEvent, LaunchPlan } from '../host/generated/plan.ts';
import type { AnyCall } from '../host/host.ts';
import { HostError, isHostError } from '../host/host-error.ts';
import { allGroups, freezerPath, isUnified, processGroup } from '../state/cgroup-paths.ts';
import { checkContainerId } from '../state/container-id.ts';
import { isPrivate, type StateRecord } from '../state/state-record.ts';
import {
  configText,
  containerDirectory,
  directoryCalls,
  directoryError,
  recordCall,
  recordError,
  removeContainerDirectory,
} from '../state/store.ts';
import {
  journalRecord,
  liveRecord,
  type RecordInput,
  wholeRecord,
  withoutGroups,
} from '../state/to-libcontainer.ts';
import { throwIfAborted } from './abort.ts';
import { runCreateHooks } from './create-hooks.ts';
import { poststop } from './destroy.ts';
import { launchAhead } from './launch-ahead.ts';
import { writePidFile } from './pid-file.ts';
import { planBundle } from './plan-bundle.ts';
import type { CreateOptions, RuntimeContext } from './types.ts';

/** A container whose process waits at its gate, and our hold on it. */
export interface Launched {
  dir: string;
  record: StateRecord;
  event: LaunchEvent;
}

/** What is known before anything is made. */
interface Prepared {
  bundle: Bundle;
  plan: LaunchPlan;
  dir: string;
  input: RecordInput;
  journal: StateRecord;
}

/** How far a launch came, for undoing it. */
interface Attempt {
  /** The container's directory is there. */
  made: boolean;
  /** The journal is written: from here on poststop hooks run. */
  begun: boolean;
  event?: LaunchEvent;
  record: StateRecord;
  /** Absolute path of the pid file, once it is written. */
  pidFile?: string;
}

/**
 * Makes a container up to its gate: validate and plan, take the id, write the journal, launch with the
 * hooks at their barrier, write the record and the pid file. `finish` goes on from there. Whatever
 * fails, nothing of this call stays behind.
 */
export async function launchContainer<T>(
  context: RuntimeContext,
  options: CreateOptions & { detach?: boolean },
  gate: Gate,
  finish: (launched: Launched) => Promise<T>,
): Promise<T> {
  const { host, root } = context;
  checkContainerId(options.id);
  const ahead = launchAhead(host, options);
  let prepared: Prepared;
  try {
    prepared = await prepare(context, options, gate);
  } catch (error) {
    await ahead.end();
    throw error;
  }
  const { bundle, dir, journal } = prepared;
  const attempt: Attempt = { made: false, begun: false, record: journal };
  try {
    await refuseFrozenCgroup(context, journal);
    const plan = { ...prepared.plan, ...(await ahead.handle()) };
    throwIfAborted(context);
    const launched = await launch(context, options, { ...prepared, plan }, attempt);
    return await finish(launched);
  } catch (error) {
    await ahead.end();
    if (attempt.made) await undo(context, dir, attempt);
    else if (isHostError(error)) throw directoryError(error, root);
    const source = { text: bundle.text, file: bundle.file };
    const { launchError } = await import('../errors/launch-error.ts');
    throw systemError(await launchError(error, { plan: prepared.plan, source }));
  }
}

/** Everything that can be refused without having made anything. */
async function prepare(
  context: RuntimeContext,
  options: CreateOptions & { detach?: boolean },
  gate: Gate,
): Promise<Prepared> {
  const { bundle, rootfs, plan, facts, rootless } = await planBundle(context, options, gate);
  const input: RecordInput = {
    id: options.id,
    spec: bundle.spec,
    bundle: bundle.bundle,
    rootfs,
    plan,
    facts,
    ...(options.configFile && { configFile: options.configFile }),
    ...(rootless !== undefined && { rootless }),
    ...(options.noPivot && { noPivot: true }),
    ...(options.noNewKeyring && { noNewKeyring: true }),
  };
  throwIfAborted(context);
  const dir = containerDirectory(context.root, options.id);
  return { bundle, plan, dir, input, journal: journalRecord(input) };
}

async function launch(
  context: RuntimeContext,
  options: CreateOptions,
  { bundle, plan, dir, input, journal }: Prepared,
  attempt: Attempt,
): Promise<Launched> {
  const { host } = context;
  let event = await begin(context, options, { plan, dir, journal }, attempt);
  context.onPipes?.(event.pipes);
  // runc's words for the same three moments
  context.warn?.('debug', 'nsexec container setup');
  // While init mounts: all of the record but its process.
  const made = withoutGroups(journal, event.leftOut);
  warnOfNoGroups(context, made);
  const whole = wholeRecord(made, input);
  const config = configText(whole);
  event = await host.call('launchContinue', { handle: event.handle });
  attempt.event = event;
  while (event.kind === 'barrier') {
    const record = liveRecord(whole, event);
    await runCreateHooks(context, record, bundle);
    throwIfAborted(context);
    event = await host.call('launchContinue', { handle: event.handle });
    attempt.event = event;
  }
  const record = liveRecord(whole, event);
  attempt.record = record;
  context.warn?.('debug', `child process in init(), pid ${event.pid}`);
  const write = recordCall(dir, record, config);
  const go = ['launchContinue', { handle: event.handle }] as const;
  throwIfAborted(context);
  try {
    if (options.pidFile) {
      await host.call(...write);
      attempt.pidFile = await writePidFile(host, options.pidFile, event.pid);
      throwIfAborted(context);
      event = await host.call(...go);
    } else [, event] = await callAll(host, [write, go]);
  } catch (error) {
    throw isRecordFailure(error) ? recordError(error) : error;
  }
  attempt.event = event;
  context.warn?.('debug', 'init: closing the pipe to signal completion');
  return { dir, record, event };
}

/** The container's directory, the journal, and rundlet-init at work. */
async function begin(
  { host, root }: RuntimeContext,
  { id, notifySocket }: CreateOptions,
  { plan, dir, journal }: Pick<Prepared, 'plan' | 'dir' | 'journal'>,
  attempt: Attempt,
): Promise<LaunchEvent> {
  let directories: readonly AnyCall[] = directoryCalls(host, root, id);
  if (notifySocket) {
    const { makeNotifyDirectory } = await import('./notify.ts');
    await callAll(host, directories);
    attempt.made = true;
    directories = [];
    await makeNotifyDirectory(host, dir);
  }
  const before = [
    ...directories,
    // Two containers in one cgroup could not be told apart when one of them is killed.
    ['cgroupDemandEmpty', { paths: processGroup(journal.cgroup_paths) }] as const,
    // Before anything else exists: after a kill -9 of this process `delete --force` finds all by it.
    recordCall(dir, journal),
  ];
  try {
    const answers = await callAll(host, [...before, ['launchStart', plan]]);
    const event = answers.at(-1) as LaunchEvent;
    Object.assign(attempt, { made: true, begun: true, event });
    return event;
  } catch (error) {
    const done = error instanceof HostError ? error.done.length : 0;
    attempt.made ||= done >= directories.length;
    attempt.begun = done >= before.length;
    if (isHostError(error, 'EBUSY') && error.failure.op === 'cgroupDemandEmpty') throw busy(error);
    throw isRecordFailure(error) ? recordError(error) : error;
  }
}

function isRecordFailure(error: unknown): boolean {
  return isHostError(error) && error.failure.op === 'writeRecord';
}

function busy({ failure }: HostError): RundletError {
  const message = `container's cgroup is not empty: ${failure.detail} process(es) found`;
  return new RundletError('ERR_RUNDLET_SYSTEM', message, {
    pointer: '/linux/cgroupsPath',
    hint: 'give the container a cgroup of its own, or delete the one that uses it',
  });
}

/** Without groups and in others' pid namespace, nobody can find all of its processes. */
function warnOfNoGroups({ warn, rootless }: RuntimeContext, { cgroup_paths, config }: StateRecord) {
  const rootlessGroups = rootless ?? config.rootless_cgroups === true;
  if (!rootlessGroups || isPrivate(config, 'NEWPID')) return;
  if (allGroups(cgroup_paths).length > 0) return;
  const text =
    'Creating a rootless container with no cgroup and no private pid namespace. Such configuration ' +
    "is strongly discouraged (as it is impossible to properly kill all container's processes)";
  warn?.('warning', text);
}

/** Undoes what this call made; its own failures only show where the first error hides nothing. */
async function undo(
  context: RuntimeContext,
  dir: string,
  { begun, event, record, pidFile }: Attempt,
): Promise<void> {
  const { host, warn } = context;
  const tell = (error: unknown) => warn?.('warning', `clean-up: ${String(error)}`);
  try {
    // Kills init and takes the cgroups away that this launch made. A launch that never gave a handle
    // has done so itself.
    if (event) await host.call('launchAbort', { handle: event.handle });
    if (pidFile) await host.call('removeFile', { path: pidFile });
  } catch (error) {
    tell(error);
  }
  await removeContainerDirectory(host, dir).catch(tell);
  if (begun) await poststop(context, record);
}

/** A process in it would never come to speak. runc's words. */
async function refuseFrozenCgroup({ host }: RuntimeContext, journal: StateRecord): Promise<void> {
  const group = freezerPath(journal.cgroup_paths);
  if (!group) return;
  const [file, word] = isUnified(journal.cgroup_paths)
    ? ['cgroup.freeze', '1']
    : ['freezer.state', 'FROZEN'];
  let text: string;
  try {
    text = await host.call('readText', { path: `${group}/${file}`, max: 64 });
  } catch (error) {
    // nearly always: the group is not there yet
    if (!isHostError(error)) throw error;
    return;
  }
  if (text.trim() !== word) return;
  const message = "container's cgroup unexpectedly frozen";
  throw new RundletError('ERR_RUNDLET_SYSTEM', message, {
    pointer: '/linux/cgroupsPath',
    hint: `thaw ${group}, or give the container a cgroup of its own`,
  });
}
