import { booleanWord, type Scan } from '../scan-flags.ts';
import type { FlagSpec, FlagTable } from '../table/types.ts';

/**
 * Reads flags by the rules of pflag, which docker's callers rely on: long names with two dashes, short
 * ones with one and joined (`-it`, `-p80:80`), the value after `=` or as the next word, a boolean only
 * with `=`, `--` ends them. With `stopAtArgument` so does the first argument. Throws a FlagFault.
 */
export function scanDockerFlags(
  flags: FlagTable,
  argv: readonly string[],
  stopAtArgument: boolean,
): Scan {
  const reading = new Reading(flags, argv);
  const args: string[] = [];
  for (let word = reading.next(); word !== undefined; word = reading.next()) {
    if (word === '--') {
      args.push(...reading.rest());
      break;
    }
    if (word.startsWith('--')) reading.long(word.slice(2), word);
    else if (word.length > 1 && word.startsWith('-')) reading.short(word.slice(1), word);
    else if (stopAtArgument) args.push(word, ...reading.rest());
    else args.push(word);
  }
  return { tokens: reading.tokens(), args, help: reading.help };
}

/** A wrong command line, in pflag's words. */
export class FlagFault extends Error {
  /** The name of a flag that the table does not have. */
  readonly unknown: string | undefined;

  constructor(message: string, unknown?: string) {
    super(message);
    this.unknown = unknown;
  }
}

class Reading {
  help = false;
  readonly #flags: FlagTable;
  readonly #words: string[];
  readonly #given = new Map<string, string[]>();

  constructor(flags: FlagTable, argv: readonly string[]) {
    this.#flags = flags;
    this.#words = [...argv];
    for (const [name, flag] of Object.entries(flags)) {
      if (flag.type === 'boolean' && flag.default === 'true') this.#given.set(name, ['']);
    }
  }

  next(): string | undefined {
    return this.#words.shift();
  }

  rest(): string[] {
    return this.#words.splice(0);
  }

  long(body: string, word: string): void {
    const equals = body.indexOf('=');
    const name = equals === -1 ? body : body.slice(0, equals);
    if (name === '' || name.startsWith('-')) throw new FlagFault(`bad flag syntax: ${word}`);
    const flag = Object.hasOwn(this.#flags, name) ? this.#flags[name] : undefined;
    if (flag === undefined) {
      if (name !== 'help') throw new FlagFault(`unknown flag: --${name}`, name);
      this.help = true;
      return;
    }
    const attached = equals === -1 ? undefined : body.slice(equals + 1);
    this.#set(name, flag, attached, `--${name}`);
  }

  short(letters: string, word: string): void {
    for (let at = 0; at < letters.length; at++) {
      const letter = letters[at] as string;
      const found = Object.entries(this.#flags).find(([, flag]) => flag.alias === letter);
      if (found === undefined) {
        if (letter !== 'h') throw new FlagFault(`unknown shorthand flag: '${letter}' in ${word}`);
        this.help = true;
        continue;
      }
      const [name, flag] = found;
      const after = letters.slice(at + 1);
      const label = `'${letter}' in ${word}`;
      const attached = after.startsWith('=') ? after.slice(1) : after || undefined;
      const takesRest = flag.type !== 'boolean' || after.startsWith('=');
      this.#set(name, flag, takesRest ? attached : undefined, label);
      if (takesRest) return;
    }
  }

  /** Each once, in the order in which they were first given, unless repeatable. */
  tokens(): string[] {
    return [...this.#given].flatMap(([name, values]) =>
      values.map((value) =>
        this.#flags[name]?.type === 'boolean' ? `--${name}` : `--${name}=${value}`,
      ),
    );
  }

  #set(name: string, flag: FlagSpec, attached: string | undefined, label: string) {
    const long = flagNames(name, flag);
    if (flag.type === 'boolean') {
      if (readBoolean(attached ?? 'true', long)) this.#given.set(name, ['']);
      else this.#given.delete(name);
      return;
    }
    const value = attached ?? this.#words.shift();
    if (value === undefined) throw new FlagFault(`flag needs an argument: ${label}`);
    if (flag.type === 'integer') checkInteger(value, long);
    const before = flag.repeatable ? (this.#given.get(name) ?? []) : [];
    this.#given.set(name, [...before, value]);
  }
}

function readBoolean(value: string, long: string): boolean {
  const word = booleanWord(value);
  if (word !== undefined) return word;
  throw new FlagFault(
    invalid(value, long, `strconv.ParseBool: parsing "${value}": invalid syntax`),
  );
}

/** No int flag of ours needs more than 15 digits. */
function checkInteger(value: string, long: string): void {
  if (/^[+-]?\d{1,15}$/.test(value)) return;
  const reason = /^[+-]?\d+$/.test(value) ? 'value out of range' : 'invalid syntax';
  throw new FlagFault(invalid(value, long, `strconv.ParseInt: parsing "${value}": ${reason}`));
}

/** `-t, --tty`, as pflag calls a flag in its errors. */
export function flagNames(name: string, { alias }: FlagSpec): string {
  return alias ? `-${alias}, --${name}` : `--${name}`;
}

/** pflag's words around what is wrong with a value. */
export function invalid(value: string, long: string, reason: string): string {
  const quoted = value.replace(/["\\]/g, '\\$&');
  return `invalid argument "${quoted}" for "${long}" flag: ${reason}`;
}
