import { RundletError } from '../errors/rundlet-error.ts';
import type { FlagSpec, FlagTable } from './table/types.ts';

/** A command line brought into one form, which any flag reader understands alike. */
export interface Scan {
  /** `--name=value`, or `--name` for a boolean that is on; long names; each once unless repeatable. */
  tokens: string[];
  args: string[];
  help: boolean;
}

const helpNames: ReadonlySet<string> = new Set(['help', 'h']);

/**
 * Reads flags by the rules of Go's flag package, which runc's callers rely on: one dash or two, `=` or
 * the next word, a boolean only with `=`, `--` ends them. With `stopAtArgument` so does the first
 * argument.
 */
export function scanFlags(
  flags: FlagTable,
  argv: readonly string[],
  stopAtArgument: boolean,
): Scan {
  const scan: Scan = { tokens: [], args: [], help: false };
  const given = new Map<string, string[]>();
  const words = [...argv];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '--') {
      scan.args.push(...words);
      break;
    }
    if (!isFlag(word)) {
      scan.args.push(word);
      if (!stopAtArgument) continue;
      scan.args.push(...words);
      break;
    }
    readFlag(flags, word, words, given, scan);
  }
  scan.tokens = [...given].flatMap(([name, values]) =>
    values.map((value) => (flags[name]?.type === 'boolean' ? `--${name}` : `--${name}=${value}`)),
  );
  return scan;
}

/** A lone dash is an argument. */
function isFlag(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

function readFlag(
  flags: FlagTable,
  word: string,
  words: string[],
  given: Map<string, string[]>,
  scan: Scan,
): void {
  const { name: written, value: attached } = split(word);
  const name = longName(flags, written);
  const flag = name === undefined ? undefined : flags[name];
  if (name === undefined || flag === undefined) {
    if (!helpNames.has(written)) throw new UnknownFlag(written);
    scan.help = true;
    return;
  }
  if (flag.type === 'boolean') {
    if (readBoolean(written, attached ?? 'true')) given.set(name, ['']);
    else given.delete(name);
    return;
  }
  const value = attached ?? words.shift();
  if (value === undefined) throw usage(`flag needs an argument: -${written}`);
  if (flag.type === 'integer' && !isInteger(value)) {
    throw usage(`invalid value ${JSON.stringify(value)} for flag -${written}: parse error`);
  }
  given.set(name, flag.repeatable ? [...(given.get(name) ?? []), value] : [value]);
}

function split(word: string): { name: string; value: string | undefined } {
  const body = word.slice(word.startsWith('--') ? 2 : 1);
  if (body.startsWith('-') || body.startsWith('=')) throw usage(`bad flag syntax: ${word}`);
  const equals = body.indexOf('=');
  if (equals === -1) return { name: body, value: undefined };
  return { name: body.slice(0, equals), value: body.slice(equals + 1) };
}

function longName(flags: FlagTable, written: string): string | undefined {
  if (Object.hasOwn(flags, written)) return written;
  const byAlias = ([, flag]: [string, FlagSpec]) => flag.alias === written;
  return Object.entries(flags).find(byAlias)?.[0];
}

const trueWords: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseWords: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** As Go's strconv.ParseBool; undefined for another word. */
export function booleanWord(value: string): boolean | undefined {
  if (trueWords.has(value)) return true;
  return falseWords.has(value) ? false : undefined;
}

function readBoolean(written: string, value: string): boolean {
  const word = booleanWord(value);
  if (word !== undefined) return word;
  throw usage(`invalid boolean value ${JSON.stringify(value)} for -${written}: parse error`);
}

/** No int flag of ours needs more than 15 digits. */
function isInteger(value: string): boolean {
  return /^[+-]?\d{1,15}$/.test(value);
}

/** A flag that no table has. */
export class UnknownFlag extends RundletError {
  /** Without its dashes. */
  readonly written: string;

  constructor(written: string) {
    super('ERR_RUNDLET_USAGE', `flag provided but not defined: -${written}`);
    this.written = written;
  }
}

export function usage(message: string, hint?: string): RundletError {
  return new RundletError('ERR_RUNDLET_USAGE', message, { ...(hint && { hint }) });
}
