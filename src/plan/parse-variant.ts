import type { UnitValue } from '../host/generated/plan.ts';
import { utf8Bytes } from '../spec/utf8-bytes.ts';

/**
 * A value in GVariant's text format, as annotations `org.systemd.property.*` have it: `true`, `uint64 5`,
 * `'text'`, `['a', 'b']`, `@as []`, `b'bytes'`, `<variant>`. A bare whole number is an int32, another one
 * a double. Throws an Error whose message says what is wrong.
 * https://docs.gtk.org/glib/gvariant-text-format.html
 */
export function parseVariant(text: string): UnitValue {
  const reader = new Reader(text);
  const value = parseValue(reader, undefined);
  reader.end();
  return value;
}

/** D-Bus signature of a value. */
export function signatureOf(value: UnitValue): string {
  if ('array' in value) return `a${value.array.of}`;
  if ('struct' in value) return `(${value.struct.map(signatureOf).join('')})`;
  const [kind] = Object.keys(value);
  return signatures[kind as keyof typeof signatures];
}

const signatures = {
  boolean: 'b',
  byte: 'y',
  int16: 'n',
  uint16: 'q',
  int32: 'i',
  uint32: 'u',
  int64: 'x',
  uint64: 't',
  double: 'd',
  string: 's',
  objectPath: 'o',
  signature: 'g',
  variant: 'v',
} as const;

/** GVariant's names of types; a variant has none. */
const { objectPath, variant: _, ...sameNames } = signatures;
const keywords: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  ...sameNames,
  objectpath: objectPath,
};

/** Least and greatest of each whole number. */
const ranges: Readonly<Record<string, readonly [bigint, bigint] | undefined>> = {
  __proto__: null as never,
  y: [0n, 255n],
  n: [-(2n ** 15n), 2n ** 15n - 1n],
  q: [0n, 2n ** 16n - 1n],
  i: [-(2n ** 31n), 2n ** 31n - 1n],
  u: [0n, 2n ** 32n - 1n],
  x: [-(2n ** 63n), 2n ** 63n - 1n],
  t: [0n, 2n ** 64n - 1n],
};

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** What matches here, after blanks; read on behind it. */
  take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(`\\s*(${pattern.source})`, 'y');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (!found) return undefined;
    this.#at = sticky.lastIndex;
    return found[1];
  }

  expect(pattern: RegExp, what: string): string {
    const found = this.take(pattern);
    if (found === undefined) throw this.fault(`expected ${what}`);
    return found;
  }

  end(): void {
    this.take(/\s*/);
    if (this.#at < this.#text.length) throw this.fault('unexpected text');
  }

  fault(what: string): Error {
    const rest = this.#text.slice(this.#at).trimStart();
    return new Error(rest ? `${what} at ${JSON.stringify(rest)}` : `${what} at the end`);
  }
}

/** `wanted` is a signature that the value must have. */
function parseValue(reader: Reader, wanted: string | undefined): UnitValue {
  if (reader.take(/@/)) {
    const type = reader.expect(/[a-z(){}]+/, 'a type');
    return typed(reader, type, wanted);
  }
  const word = reader.take(/(?:true|false)\b/);
  if (word !== undefined) return check(reader, { boolean: word === 'true' }, wanted);
  const keyword = reader.take(/[a-z][a-z0-9]*(?=[\s'"[\-+.0-9])(?<!\bb)/);
  if (keyword !== undefined) {
    const type = keywords[keyword];
    if (type === undefined) throw reader.fault(`unknown type ${keyword}`);
    return typed(reader, type, wanted);
  }
  if (wanted?.startsWith('a') && !reader.take(/(?=b['"])/))
    return parseArray(reader, wanted.slice(1));
  if (reader.take(/\[/)) return parseItems(reader, undefined);
  if (reader.take(/</)) {
    const variant = parseValue(reader, undefined);
    reader.expect(/>/, '">"');
    return check(reader, { variant }, wanted);
  }
  return parseBasic(reader, wanted);
}

function typed(reader: Reader, type: string, wanted: string | undefined): UnitValue {
  if (wanted !== undefined && wanted !== type) throw reader.fault(`${type} where ${wanted} is`);
  return parseValue(reader, type);
}

function check(reader: Reader, value: UnitValue, wanted: string | undefined): UnitValue {
  const signature = signatureOf(value);
  if (wanted === undefined || wanted === signature) return value;
  throw reader.fault(`a value of type ${signature} where ${wanted} is wanted, before the text`);
}

function parseArray(reader: Reader, of: string): UnitValue {
  reader.expect(/\[/, '"["');
  return parseItems(reader, of);
}

/** Up to the closing bracket; the first item tells the type of all where it is not known. */
function parseItems(reader: Reader, known: string | undefined): UnitValue {
  const items: UnitValue[] = [];
  let of = known;
  while (!reader.take(/\]/)) {
    if (items.length > 0) reader.expect(/,/, '"," or "]"');
    const item = parseValue(reader, of);
    of ??= signatureOf(item);
    items.push(item);
  }
  if (of === undefined)
    throw reader.fault('an empty array needs its type (@as []), before the text');
  return { array: { of, items } };
}

function parseBasic(reader: Reader, wanted: string | undefined): UnitValue {
  const bytes = reader.take(/b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")/);
  if (bytes !== undefined) return check(reader, byteString(reader, bytes.slice(2, -1)), wanted);
  const quoted = reader.take(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/);
  if (quoted !== undefined) return text(reader, unescaped(reader, quoted.slice(1, -1)), wanted);
  const digits = reader.take(/[-+]?(?:0x[0-9a-fA-F]+|[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]+)?)/);
  if (digits === undefined) throw reader.fault('expected a value');
  return number(reader, digits, wanted);
}

function text(reader: Reader, value: string, wanted: string | undefined): UnitValue {
  if (wanted === 'o') return { objectPath: value };
  if (wanted === 'g') return { signature: value };
  return check(reader, { string: value }, wanted);
}

/** As C has it: with a zero byte at its end. */
function byteString(reader: Reader, escaped: string): UnitValue {
  const items = [...utf8Bytes(unescaped(reader, escaped)), 0];
  return { array: { of: 'y', items: items.map((byte) => ({ byte })) } };
}

const escapes: Readonly<Record<string, string | undefined>> = {
  __proto__: null as never,
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescaped(reader: Reader, escaped: string): string {
  return escaped.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/gs, (_, code: string) => {
    if (code.length === 1) return escapes[code] ?? code;
    const point = Number.parseInt(code.slice(1), 16);
    if (point === 0 || point > 0x10ffff)
      throw reader.fault(`no character \\${code}, before the text`);
    return String.fromCodePoint(point);
  });
}

function number(reader: Reader, digits: string, wanted: string | undefined): UnitValue {
  const whole = /^[-+]?(?:0x[0-9a-fA-F]+|\d+)$/.test(digits);
  const type = wanted ?? (whole ? 'i' : 'd');
  if (type === 'd') return { double: Number(digits) };
  const range = ranges[type];
  if (!range || !whole) throw reader.fault(`${digits} where ${type} is wanted, before the text`);
  const value = digits.startsWith('-') ? -BigInt(digits.slice(1)) : BigInt(digits.replace('+', ''));
  if (value < range[0] || value > range[1]) {
    throw reader.fault(`${digits} is out of the range of ${type}, before the text`);
  }
  return integer(type, value);
}

function integer(type: string, value: bigint): UnitValue {
  const small = Number(value);
  switch (type) {
    case 'y':
      return { byte: small };
    case 'n':
      return { int16: small };
    case 'q':
      return { uint16: small };
    case 'i':
      return { int32: small };
    case 'u':
      return { uint32: small };
    case 'x':
      return { int64: Number.isSafeInteger(small) ? small : value };
    default:
      return { uint64: Number.isSafeInteger(small) ? small : value };
  }
}
