import { RundletError } from '../errors/rundlet-error.ts';
import { ociVersion } from '../spec/spec-version.ts';
import type { Command, GlobalValues, Program } from './command.ts';
import { commands } from './commands.ts';
import type { EngineGlobals, EngineInvocation } from './engine/engine-program.ts';
import { finishValues, type RawValues } from './flag-values.ts';
import { Log } from './log.ts';
import { print } from './print.ts';
import { type Scan, scanFlags, UnknownFlag, usage } from './scan-flags.ts';
import { globalFlags } from './table/globals.ts';
import type { CommandTable, FlagTable } from './table/types.ts';

/** A command line that is read and checked; only running it is left. */
export interface Invocation {
  command: Command;
  globalTokens: string[];
  tokens: string[];
  args: string[];
}

/** What differs between the hosts: how tokens are read, and how a command is run. */
export interface Front {
  readFlags(flags: FlagTable, tokens: string[]): RawValues;
  dispatch(invocation: Invocation, globals: GlobalValues, log: Log): Promise<number>;
  dispatchEngine(invocation: EngineInvocation, globals: EngineGlobals, log: Log): Promise<number>;
}

const rootFlags = {
  ...globalFlags,
  'data-root': { type: 'string', summary: 'directory of what the engine keeps' },
  'exec-root': {
    type: 'string',
    summary: 'directory of what the engine keeps while containers run',
  },
  version: { type: 'boolean', alias: 'v', summary: 'print the version' },
} as const satisfies FlagTable;

/** The command line, the same in both hosts; the result is the exit code. */
export async function runProgram(
  program: Program,
  front: Front,
  argv: readonly (string | undefined)[],
): Promise<number> {
  let log = new Log(program.host, {});
  try {
    const words = checkText(argv);
    const scan = await scanRoot(program, words);
    const values = finishValues(rootFlags, front.readFlags(rootFlags, scan.tokens));
    log = new Log(program.host, values);
    await log.open();
    const [name, ...rest] = scan.args;
    if (values.version) return await answer(program, versionText(program));
    if (scan.help || name === undefined) return await help(program, []);
    const [engineTokens, globalTokens] = partTokens(scan.tokens);
    if (name === 'help' || name === 'h') {
      const [topic, ...below] = rest;
      if (!(await isEngineWord(topic))) return await help(program, rest);
      return await runEngine(program, front, topic ?? '', [...below, '--help'], [], log);
    }
    if (await isEngineWord(name)) {
      return await runEngine(program, front, name, rest, engineTokens, log);
    }
    const invocation = await readCommand(program, name, rest);
    if (invocation === undefined) return 0;
    return await front.dispatch({ ...invocation, globalTokens }, values, log);
  } catch (error) {
    return log.fail(error);
  }
}

async function isEngineWord(name: string | undefined): Promise<boolean> {
  if (name === undefined || Object.hasOwn(commands, name)) return false;
  const { topics, shortForms } = await import('./engine/topics.ts');
  return Object.hasOwn(topics, name) || Object.hasOwn(shortForms, name);
}

async function runEngine(
  program: Program,
  front: Front,
  name: string,
  words: string[],
  before: string[],
  log: Log,
): Promise<number> {
  const { engineGlobals, readEngineCommand } = await import('./engine/engine-program.ts');
  const invocation = await readEngineCommand(program, name, words, before);
  if (invocation === undefined) return 0;
  const globals = engineGlobals(front, invocation.globalTokens);
  return front.dispatchEngine(invocation, globals, log);
}

/** Canonical tokens of the engine's own globals (engine-flags.ts), and the others. */
export function partTokens(tokens: string[]): [engine: string[], common: string[]] {
  const isEngine = (token: string) => /^--(?:data|exec)-root=/.test(token);
  return [tokens.filter(isEngine), tokens.filter((token) => !isEngine(token))];
}

/** A path that is not UTF-8 cannot be passed on without becoming another one. */
function checkText(argv: readonly (string | undefined)[]): string[] {
  const bad = argv.findIndex((word) => typeof word !== 'string');
  if (bad !== -1) throw usage(`argument ${bad + 1} is not UTF-8`);
  return argv as string[];
}

async function scanRoot(program: Program, words: string[]): Promise<Scan> {
  try {
    return scanFlags(rootFlags, words, true);
  } catch (error) {
    await incorrect(program, `. ${(error as Error).message}`);
    throw await withNearFlag(error, rootFlags);
  }
}

async function withNearFlag(error: unknown, flags: FlagTable): Promise<unknown> {
  if (!(error instanceof UnknownFlag)) return error;
  const { nearFlagHint } = await import('./flag-hint.ts');
  return usage(error.message, nearFlagHint(error.written, flags));
}

/** Undefined when only help was asked for. */
async function readCommand(
  program: Program,
  name: string,
  words: string[],
): Promise<Omit<Invocation, 'globalTokens'> | undefined> {
  const command = await findCommand(name);
  const { table } = command;
  let scan: Scan;
  try {
    scan = scanFlags(table.flags, words, table.stopAtArgument ?? false);
  } catch (error) {
    await incorrect(program, `: ${(error as Error).message}`, table);
    throw await withNearFlag(error, table.flags);
  }
  if (scan.help) {
    await help(program, [name]);
    if (table.unsupported) throw (await import('./criu.ts')).unsupported(name);
    return undefined;
  }
  const fault = countFault(table, scan.args.length);
  if (fault !== undefined) {
    await incorrect(program, '.', table);
    throw usage(`rundlet: "${name}" requires ${fault} argument(s)`);
  }
  return { command, tokens: scan.tokens, args: scan.args };
}

function countFault({ args: { min, max } }: CommandTable, count: number): string | undefined {
  if (min === max) return count === min ? undefined : `exactly ${min}`;
  if (count < min) return `a minimum of ${min}`;
  return max !== undefined && count > max ? `a maximum of ${max}` : undefined;
}

async function findCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return load();
  const { commandHint } = await import('./command-hint.ts');
  const hint = commandHint(name);
  throw new RundletError('ERR_RUNDLET_UNKNOWN_COMMAND', `No help topic for '${name}'`, {
    exitCode: 3,
    hint,
  });
}

async function incorrect(program: Program, what: string, table?: CommandTable): Promise<void> {
  const { commandHelp, rootHelp } = await import('./help.ts');
  const text = table ? commandHelp(table) : await rootHelp(program, rootFlags);
  await print(program.host, `Incorrect Usage${what}\n\n${text}`);
}

async function help(program: Program, [topic]: string[]): Promise<number> {
  const { commandHelp, rootHelp } = await import('./help.ts');
  if (topic === undefined) return answer(program, await rootHelp(program, rootFlags));
  return answer(program, commandHelp((await findCommand(topic)).table));
}

async function answer(program: Program, text: string): Promise<number> {
  await print(program.host, text);
  return 0;
}

/** Lines that moby and go-runc look for. */
export function versionText({ version, commit }: Program): string {
  return `rundlet version ${version}\ncommit: ${commit}\nspec: ${ociVersion}\n`;
}
