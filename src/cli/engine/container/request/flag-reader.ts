import { booleanWord } from '../../../scan-flags.ts';
import type { FlagTable } from '../../../table/types.ts';
import { FlagFault, flagNames, invalid } from '../../scan-docker-flags.ts';

/** Reads the values of one table's flags, with pflag's words around what is wrong. */
export class FlagReader {
  readonly #table: FlagTable;

  constructor(table: FlagTable) {
    this.#table = table;
  }

  /** `read` throws a plain Error, or a FlagFault, whose message is the reason. */
  value<T>(flag: string, value: string, read: (value: string) => T): T {
    try {
      return read(value);
    } catch (error) {
      if (!(error instanceof FlagFault)) throw error;
      const spec = this.#table[flag];
      throw new FlagFault(
        invalid(value, spec ? flagNames(flag, spec) : `--${flag}`, error.message),
      );
    }
  }

  list<T>(flag: string, values: readonly string[], read: (value: string) => T): T[] {
    return values.map((value) => this.value(flag, value, read));
  }
}

/** The words of Go's strconv; `value` is known to be digits where it is a number at all. */
export function readInteger(value: string, { signed = true, bits = 64 } = {}): number {
  const type = signed ? 'ParseInt' : 'ParseUint';
  const fault = (reason: string) => new FlagFault(`strconv.${type}: parsing "${value}": ${reason}`);
  if (!(signed ? /^[+-]?\d+$/ : /^\d+$/).test(value)) throw fault('invalid syntax');
  const number = BigInt(value.replace('+', ''));
  const fits = signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number);
  if (fits !== number) throw fault('value out of range');
  return Number(number);
}

/** A boolean in Go's words; undefined for what is none. */
export function readBoolean(value: string): boolean | undefined {
  return booleanWord(value);
}

/** `key=value` in two; the value is empty without `=`. */
export function splitPair(pair: string, separator = '='): [key: string, value: string] {
  const at = pair.indexOf(separator);
  return at === -1 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + separator.length)];
}

/** One record of comma separated values as Go's encoding/csv reads it. */
export function readCsv(text: string): string[] {
  if (text === '') throw new FlagFault('EOF');
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = '';
    if (text[at] === '"') {
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote === -1) {
          throw new FlagFault(
            `parse error on line 1, column ${text.length + 1}: extraneous or missing " in quoted-field`,
          );
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
      if (at < text.length && text[at] !== ',') {
        throw new FlagFault(
          `parse error on line 1, column ${at}: extraneous or missing " in quoted-field`,
        );
      }
    } else {
      const comma = text.indexOf(',', at);
      field = text.slice(at, comma === -1 ? undefined : comma);
      const quote = field.indexOf('"');
      if (quote !== -1) {
        throw new FlagFault(
          `parse error on line 1, column ${at + quote + 1}: bare " in non-quoted-field`,
        );
      }
      at += field.length;
    }
    fields.push(field);
    if (at >= text.length) return fields;
    at++;
  }
}
