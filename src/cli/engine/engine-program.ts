import { engineUsage } from '../../engine/engine-error.ts';
import { RundletError } from '../../errors/rundlet-error.ts';
import type { Program } from '../command.ts';
import { finishValues } from '../flag-values.ts';
import { print } from '../print.ts';
import { type Front, partTokens } from '../program.ts';
import type { Scan } from '../scan-flags.ts';
import type { CommandTable, FlagTable, FlagValues } from '../table/types.ts';
import type { EngineCommand } from './engine-command.ts';
import { engineFlags } from './engine-flags.ts';
import { FlagFault, scanDockerFlags } from './scan-docker-flags.ts';
import { shortForms, type Topic, topics } from './topics.ts';

export type EngineGlobals = FlagValues<typeof engineFlags>;

/** An engine's command line that is read and checked; only running it is left. */
export interface EngineInvocation {
  command: EngineCommand;
  /** Canonical tokens of `engineFlags` and of the verb's flags. */
  globalTokens: string[];
  tokens: string[];
  args: string[];
}

/**
 * Reads `container create …` or a short form.
 * @param before canonical tokens of `engineFlags` that stood before the topic.
 * @returns undefined when only help was asked for.
 */
export async function readEngineCommand(
  program: Program,
  name: string,
  words: string[],
  before: string[],
): Promise<EngineInvocation | undefined> {
  const found = await findVerb(name, words);
  if (found.verb === undefined) {
    await topicAnswer(program, found);
    return undefined;
  }
  const command = await loadVerb(found, found.verb);
  const { table } = command;
  const all: FlagTable = { ...engineFlags, ...table.flags };
  const scan = await scanned(all, found.rest, table.stopAtArgument ?? false, table.name);
  if (scan.help) {
    const { verbHelp } = await import('./engine-help.ts');
    await print(program.host, verbHelp(table));
    return undefined;
  }
  checkCount(table, scan.args.length);
  const [globalTokens, tokens] = partTokens(scan.tokens);
  return {
    command,
    globalTokens: [...before, ...found.globalTokens, ...globalTokens],
    tokens,
    args: scan.args,
  };
}

/** The last of each wins, as everywhere. */
export function engineGlobals(front: Front, tokens: string[]): EngineGlobals {
  const last = new Map(tokens.map((token) => [token.slice(0, token.indexOf('=')), token]));
  return finishValues(engineFlags, front.readFlags(engineFlags, [...last.values()]));
}

interface Found {
  topicName: string;
  topic: Topic;
  verb: string | undefined;
  globalTokens: string[];
  rest: string[];
}

async function findVerb(name: string, words: string[]): Promise<Found> {
  const short = Object.hasOwn(shortForms, name) ? shortForms[name] : undefined;
  const topicName = short?.[0] ?? name;
  const topic = topics[topicName] as Topic;
  if (short) return { topicName, topic, verb: short[1], globalTokens: [], rest: words };
  const { tokens, args, help } = await scanned(engineFlags, words, true, name);
  const [verb, ...rest] = args;
  const asked = help || verb === 'help' ? undefined : verb;
  return { topicName, topic, verb: asked, globalTokens: tokens, rest };
}

async function loadVerb({ topicName, topic }: Found, name: string): Promise<EngineCommand> {
  const verb = topic.aliases?.[name] ?? name;
  const load = Object.hasOwn(topic.verbs, verb) ? topic.verbs[verb] : undefined;
  if (load !== undefined) return load();
  const { nearNameHint } = await import('../../spec/near-name.ts');
  const names = [...Object.keys(topic.verbs), ...Object.keys(topic.aliases ?? {})];
  throw new RundletError(
    'ERR_RUNDLET_UNKNOWN_COMMAND',
    `'${name}' is not a command of rundlet ${topicName}`,
    { exitCode: 1, hint: nearNameHint(name, names) ?? `see 'rundlet ${topicName} --help'` },
  );
}

async function topicAnswer(program: Program, { topicName, topic, rest }: Found): Promise<void> {
  const { topicHelp, verbHelp } = await import('./engine-help.ts');
  const [verb] = rest;
  const load = verb === undefined ? undefined : topic.verbs[topic.aliases?.[verb] ?? verb];
  const text = load
    ? verbHelp((await load()).table)
    : await topicHelp(topicName, topic, engineFlags);
  await print(program.host, text);
}

async function scanned(
  flags: FlagTable,
  words: string[],
  stop: boolean,
  command: string,
): Promise<Scan> {
  try {
    return scanDockerFlags(flags, words, stop);
  } catch (error) {
    if (!(error instanceof FlagFault)) throw error;
    if (error.unknown === undefined) throw engineUsage(error.message, command);
    const { nearFlagHint } = await import('../flag-hint.ts');
    throw engineUsage(error.message, command, nearFlagHint(error.unknown, flags));
  }
}

/** Docker's words, and its exit code for them. */
function checkCount({ name, args: { min, max } }: CommandTable, count: number): void {
  const plural = (number: number) => `${number} argument${number === 1 ? '' : 's'}`;
  let fault: string | undefined;
  if (min === max && count !== min) {
    fault = min === 0 ? 'accepts no arguments' : `requires exactly ${plural(min)}`;
  } else if (count < min) fault = `requires at least ${plural(min)}`;
  else if (max !== undefined && count > max) fault = `requires at most ${plural(max)}`;
  if (fault === undefined) return;
  throw new RundletError('ERR_RUNDLET_USAGE', `"rundlet ${name}" ${fault}.`, {
    hint: `see 'rundlet ${name} --help'`,
  });
}
