import { openEngine } from '../../engine/open-engine.ts';
import { replay } from '../../engine/replay.ts';
import { RundletError, withHint } from '../../errors/rundlet-error.ts';
import type { Host } from '../../host/host.ts';
import type { Program } from '../command.ts';
import { finishValues, type RawValues } from '../flag-values.ts';
import type { Log } from '../log.ts';
import { absolutePath } from '../paths.ts';
import { printError } from '../print.ts';
import type { EngineCommand } from './engine-command.ts';
import type { EngineGlobals } from './engine-program.ts';

/** Runs one verb of the engine with its raw flag values; the last common step of both hosts. */
export async function executeEngine(
  program: Program,
  log: Log,
  command: EngineCommand,
  globals: EngineGlobals,
  raw: RawValues,
  args: string[],
): Promise<number> {
  const { host, version } = program;
  const engine = openEngine(host, {
    dataRoot: rootPath(host, globals, 'data-root'),
    execRoot: rootPath(host, globals, 'exec-root'),
    warn: (message) => void printError(host, `WARNING: ${message}\n`),
  });
  const values = finishValues(command.table.flags, raw);
  let code: number;
  try {
    await replay(engine);
    code = await command.run({ engine, host, version }, values, args);
  } catch (error) {
    if (!isDenied(error)) throw error;
    const { euid } = await host.call('facts', null);
    throw euid === 0 ? error : withHint(error, rootHint);
  }
  await log.flushed();
  return code;
}

const rootHint = 'the engine takes root; `rundlet run` runs a bundle as an ordinary user, too';

function isDenied(error: unknown): error is RundletError {
  return error instanceof RundletError && (error.errno === 'EACCES' || error.errno === 'EPERM');
}

function rootPath(host: Host, globals: EngineGlobals, name: keyof EngineGlobals): string {
  const path = globals[name] === '' ? '/' : absolutePath(host, globals[name]);
  if (path !== '/') return path;
  throw new RundletError('ERR_RUNDLET_USAGE', `invalid --${name}: ${globals[name] || '(empty)'}`, {
    exitCode: 125,
  });
}
