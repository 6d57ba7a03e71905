import { isRundletError } from '../errors/rundlet-error.ts';
import type { RuntimeContext } from '../lifecycle/types.ts';
import type { CgroupManager } from '../plan/plan-options.ts';
import type { Command, CommandContext, GlobalValues, Program } from './command.ts';
import { finishValues, type RawValues } from './flag-values.ts';
import type { Log } from './log.ts';
import { stateRoot } from './root.ts';
import { usage } from './scan-flags.ts';

/** Runs one command with its raw flag values; the last common step of both hosts. */
export async function execute(
  program: Program,
  log: Log,
  command: Command,
  globals: GlobalValues,
  raw: RawValues,
  args: string[],
): Promise<number> {
  checkGlobals(globals);
  const { host } = program;
  const root = await stateRoot(host, globals.root);
  const runtime = { host, root, warn: log.note.bind(log), ...groupOptions(globals) };
  const context: CommandContext = { program, host, globals, runtime };
  const values = finishValues(command.table.flags, raw);
  const code = await command.run(context, values, args).catch(async (error: unknown) => {
    if (!isRundletError(error, 'ERR_RUNDLET_NOT_FOUND')) throw error;
    const { withNearId } = await import('./near-id.ts');
    throw await withNearId(error, host, root, args[0]);
  });
  await log.flushed();
  return code;
}

function groupOptions(globals: GlobalValues): Pick<RuntimeContext, 'cgroupManager' | 'rootless'> {
  const manager = globals['systemd-cgroup'] ? 'systemd' : globals['cgroup-manager'];
  const { rootless } = globals;
  return {
    ...(manager && { cgroupManager: manager as CgroupManager }),
    ...(rootless !== 'auto' && { rootless: rootless === 'true' }),
  };
}

const choices = {
  'log-format': ['text', 'json'],
  'log-level': ['error', 'warning', 'info', 'debug'],
  'cgroup-manager': ['cgroupfs', 'systemd', 'disabled'],
  rootless: ['true', 'false', 'auto'],
} as const;

function checkGlobals(globals: GlobalValues): void {
  for (const [name, words] of Object.entries(choices)) {
    const value = globals[name as keyof typeof choices];
    if (value === undefined || (words as readonly string[]).includes(value)) continue;
    throw usage(`invalid ${name}: ${value}`);
  }
}
