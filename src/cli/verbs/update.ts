import type { ErrorSource } from '../../errors/locate-error.ts';
import { RundletError } from '../../errors/rundlet-error.ts';
import { systemError } from '../../errors/system-error.ts';
import { update as updateContainer } from '../../lifecycle/update.ts';
import type { LinuxResources } from '../../spec/generated/config.ts';
import { type CommandContext, defineCommand } from '../command.ts';
import { absolutePath } from '../paths.ts';
import { usage } from '../scan-flags.ts';
import { parseInteger, parseSize } from '../sizes.ts';
import type { FlagValues } from '../table/types.ts';
import { updateTable } from '../table/update.ts';

type UpdateFlags = FlagValues<typeof updateTable.flags>;

/** What to change, and the file it came from. */
interface Request {
  resources: LinuxResources;
  source?: ErrorSource;
}

export const update = defineCommand(updateTable, async (context, flags, [id = '']) => {
  const l3CacheSchema = flags['l3-cache-schema'];
  const memBwSchema = flags['mem-bw-schema'];
  const { resources, source }: Request = flags.resources
    ? await fromFile(context, flags.resources)
    : { resources: fromFlags(flags) };
  try {
    await updateContainer(context.runtime, {
      id,
      resources,
      ...(l3CacheSchema && { l3CacheSchema }),
      ...(memBwSchema && { memBwSchema }),
    });
  } catch (error) {
    throw await placed(error, source);
  }
  return 0;
});

/** Largest file of `--resources`, bytes. */
const maxBytes = 16 * 1024 * 1024;

async function fromFile({ host, runtime }: CommandContext, given: string): Promise<Request> {
  const stdin = given === '-';
  const file = stdin ? 'standard input' : given;
  let text: string;
  try {
    text = await (stdin
      ? host.call('readStandardInput', { max: maxBytes })
      : host.call('readText', { path: absolutePath(host, given), max: maxBytes }));
  } catch (error) {
    throw systemError(error);
  }
  const [{ parseJson }, { validateResources }] = await Promise.all([
    import('../../spec/parse-json.ts'),
    import('../../spec/validate-resources.ts'),
  ]);
  const warn = (message: string) => runtime.warn?.('warning', message);
  const resources = validateResources(parseJson(text, file), { text, file, warn });
  return { resources, source: { text, file } };
}

function fromFlags(flags: UpdateFlags): LinuxResources {
  const size = numberOf(flags, (text) => (text === '-1' ? -1 : parseSize(text)));
  const signed = numberOf(flags, (text) => parseInteger(text, true));
  const unsigned = numberOf(flags, (text) => parseInteger(text, false));
  const weight = flags['blkio-weight'];
  const limit = flags['pids-limit'];
  return {
    memory: {
      ...size('limit', 'memory'),
      ...size('reservation', 'memory-reservation'),
      ...size('swap', 'memory-swap'),
      ...size('kernel', 'kernel-memory'),
      ...size('kernelTCP', 'kernel-memory-tcp'),
    },
    cpu: {
      ...unsigned('shares', 'cpu-share'),
      ...signed('quota', 'cpu-quota'),
      ...unsigned('period', 'cpu-period'),
      ...unsigned('burst', 'cpu-burst'),
      ...signed('realtimeRuntime', 'cpu-rt-runtime'),
      ...unsigned('realtimePeriod', 'cpu-rt-period'),
      ...signed('idle', 'cpu-idle'),
      ...(flags['cpuset-cpus'] && { cpus: flags['cpuset-cpus'] }),
      ...(flags['cpuset-mems'] && { mems: flags['cpuset-mems'] }),
    },
    ...(weight && { blockIO: { weight } }),
    ...(limit !== undefined && { pids: { limit } }),
  };
}

type TextFlag = {
  [K in keyof UpdateFlags]: UpdateFlags[K] extends string | undefined ? K : never;
}[keyof UpdateFlags];

/** A property from a flag; absent when the flag is, or is empty. */
function numberOf(flags: UpdateFlags, parse: (text: string) => number | bigint) {
  return (key: string, name: TextFlag): Record<string, number | bigint> => {
    const text = flags[name];
    if (!text) return {};
    try {
      return { [key]: parse(text) };
    } catch (error) {
      throw usage(`invalid value for ${name}: ${(error as Error).message}`);
    }
  };
}

/** Pointers of resources begin at the file's root; without a file nothing is there to point into. */
async function placed(error: unknown, source: ErrorSource | undefined): Promise<unknown> {
  if (!(error instanceof RundletError) || error.pointer === undefined) return error;
  const pointer = error.pointer.replace(/^\/linux\/resources/, '');
  const { code, message, errno, syscall, hint, cause } = error;
  const moved = new RundletError(code, message, {
    ...(source && { pointer }),
    ...(errno && { errno }),
    ...(syscall && { syscall }),
    ...(hint && { hint }),
    cause: cause ?? error,
  });
  const { locateError } = await import('../../errors/locate-error.ts');
  return locateError(moved, source);
}
