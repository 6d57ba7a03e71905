import { loadBundleProcess } from '../bundle/load-bundle.ts';
import type { ErrorSource } from '../errors/locate-error.ts';
import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import type { Process } from '../spec/generated/config.ts';
import { type StateRecord, splitLabels } from '../state/state-record.ts';
import type { ExecOptions, RuntimeContext } from './types.ts';
import { parseGid, parseUser } from './user-flag.ts';

/** The process to add, and the file that errors point into. */
export interface ExecProcess {
  process: Process;
  source: ErrorSource;
}

/** Seccomp and the like come from the container's record, not from the file. */
const containerPart = '/linux';

/** Largest file of `--process`, bytes. */
const maxProcessBytes = 64 * 1024 * 1024;

/** From `--process FILE`, or the container's own process with the flags over it. */
export async function execProcess(
  context: RuntimeContext,
  options: ExecOptions,
  record: StateRecord,
): Promise<ExecProcess> {
  return options.processFile
    ? fromFile(context, options.processFile)
    : fromBundle(context, options, record);
}

async function fromFile({ host, warn }: RuntimeContext, file: string): Promise<ExecProcess> {
  let text: string;
  try {
    text = await host.call('readText', { path: file, max: maxProcessBytes });
  } catch (error) {
    throw systemError(error);
  }
  const [{ parseJson }, { validateProcess }] = await Promise.all([
    import('../spec/parse-json.ts'),
    import('../spec/validate-process.ts'),
  ]);
  const source = { text, file };
  const process = validateProcess(parseJson(text, file), {
    ...source,
    warn: (message) => warn?.('warning', message),
  });
  return { process, source: { ...source, replaced: [containerPart] } };
}

async function fromBundle(
  { host }: RuntimeContext,
  options: ExecOptions,
  { config, config_file }: StateRecord,
): Promise<ExecProcess> {
  const { bundle } = splitLabels(config.labels);
  if (!bundle) {
    throw new RundletError('ERR_RUNDLET_STATE_CORRUPT', 'bundle not found in labels');
  }
  const { process: given, text, file } = await loadBundleProcess(host, bundle, config_file);
  if (!given) {
    const message = 'process property must not be empty';
    throw new RundletError('ERR_RUNDLET_CONFIG_INVALID', message, { pointer: '/process' });
  }
  if (!options.args?.length) {
    throw new RundletError('ERR_RUNDLET_USAGE', 'exec args cannot be empty');
  }
  const process = withFlags(given, options, options.args);
  if (!process.cwd.startsWith('/')) {
    throw new RundletError('ERR_RUNDLET_USAGE', 'Cwd must be an absolute path');
  }
  return { process, source: { text, file, replaced: replacedBy(options) } };
}

/** What of the config's process the flags replace. */
function replacedBy({ cwd, user, apparmor, processLabel, tty }: ExecOptions): string[] {
  const pointers = {
    args: true,
    cwd,
    user,
    apparmorProfile: apparmor,
    selinuxLabel: processLabel,
    terminal: tty,
  };
  const given = Object.entries(pointers).filter(([, value]) => value);
  return [containerPart, ...given.map(([key]) => `/process/${key}`)];
}

/** The flags of `exec` over a process of config.json. */
export function withFlags(base: Process, options: ExecOptions, args: string[]): Process {
  const { cwd, apparmor, processLabel, noNewPrivs, user, additionalGids = [] } = options;
  const { capabilities = [] } = options;
  return {
    ...base,
    args,
    // A terminal only when asked for, whatever the container's own process has.
    terminal: options.tty ?? false,
    env: [...(base.env ?? []), ...(options.env ?? [])],
    ...(cwd && { cwd }),
    ...(apparmor && { apparmorProfile: apparmor }),
    ...(processLabel && { selinuxLabel: processLabel }),
    ...(noNewPrivs && { noNewPrivileges: true }),
    ...((user || additionalGids.length > 0) && {
      user: {
        uid: 0,
        gid: 0,
        ...base.user,
        ...(user && parseUser(user)),
        additionalGids: [...(base.user?.additionalGids ?? []), ...additionalGids.map(parseGid)],
      },
    }),
    ...(capabilities.length > 0 && { capabilities: withCapabilities(base, capabilities) }),
  };
}

/** Ambient ones need inheritable ones, which these flags do not give. */
function withCapabilities(base: Process, added: string[]): NonNullable<Process['capabilities']> {
  const sets = base.capabilities ?? {};
  const names = added.map((name) => {
    const upper = name.toUpperCase();
    return upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  });
  const join = (set: string[] | undefined) => [...new Set([...(set ?? []), ...names])];
  return {
    ...sets,
    bounding: join(sets.bounding),
    effective: join(sets.effective),
    permitted: join(sets.permitted),
    ...(sets.inheritable && { ambient: join(sets.ambient) }),
  };
}
