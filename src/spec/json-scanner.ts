/**
 * A JSON reader that knows where it is. Only used when something is wrong: engines word their
 * syntax errors differently and some give no position, ours reads the same in Node and QuickJS.
 */

/** What the reader of a document wants to hear; offsets are UTF-16 units from 0. */
export interface ScanVisitor {
  /** A key of an object, decoded, before its value; the offsets of both. */
  key?(path: readonly (string | number)[], keyOffset: number, valueOffset: number): void;
  /** An item of an array, before it is read. */
  item?(path: readonly (string | number)[], valueOffset: number): void;
}

/** Where and why a text is not JSON. */
export class ScanError extends Error {
  readonly offset: number;
  readonly tooDeep: boolean;

  constructor(offset: number, reason: string, tooDeep = false) {
    super(reason);
    this.offset = offset;
    this.tooDeep = tooDeep;
  }
}

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const word = /[A-Za-z0-9_.+-]+/y;
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Reads the text once; throws a ScanError at its first fault. */
export function scanJson(text: string, maxDepth: number, visitor: ScanVisitor = {}): void {
  new Scanner(text, maxDepth, visitor).document();
}

class Scanner {
  private readonly text: string;
  private readonly maxDepth: number;
  private readonly visitor: ScanVisitor;
  private readonly path: (string | number)[] = [];
  private at = 0;

  constructor(text: string, maxDepth: number, visitor: ScanVisitor) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.visitor = visitor;
  }

  document(): void {
    if (this.text.startsWith('\uFEFF')) throw this.fault('a byte order mark, expected JSON');
    this.skipSpace();
    if (this.at === this.text.length) throw this.fault('the file is empty, expected an object');
    this.value();
    this.skipSpace();
    if (this.at < this.text.length) throw this.expected('the end of the file');
  }

  private value(): void {
    const char = this.text[this.at];
    if (char === '{') this.object();
    else if (char === '[') this.array();
    else if (char === '"') this.string();
    else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) this.number();
    else this.literal();
  }

  private object(): void {
    this.enter();
    if (this.closes('}')) return;
    do {
      this.skipSpace();
      const keyOffset = this.at;
      if (this.text[this.at] !== '"') throw this.expected('a key in double quotes');
      const key = this.string();
      this.skipSpace();
      if (this.text[this.at] !== ':') throw this.expected('":"');
      this.at++;
      this.skipSpace();
      this.path.push(key);
      this.visitor.key?.(this.path, keyOffset, this.at);
      this.value();
      this.path.pop();
    } while (this.continues('}'));
  }

  private array(): void {
    this.enter();
    if (this.closes(']')) return;
    let index = 0;
    do {
      this.skipSpace();
      this.path.push(index++);
      this.visitor.item?.(this.path, this.at);
      this.value();
      this.path.pop();
    } while (this.continues(']'));
  }

  private enter(): void {
    if (this.path.length >= this.maxDepth) {
      throw new ScanError(this.at, `nested deeper than ${this.maxDepth} levels`, true);
    }
    this.at++;
  }

  private closes(bracket: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== bracket) return false;
    this.at++;
    return true;
  }

  /** True after a comma, false after the closing bracket. */
  private continues(bracket: string): boolean {
    if (this.closes(bracket)) return false;
    if (this.text[this.at] !== ',') throw this.expected(`"," or "${bracket}"`);
    this.at++;
    this.skipSpace();
    if (this.text[this.at] === bracket) throw this.fault(`a comma before "${bracket}"`);
    return true;
  }

  private string(): string {
    const start = this.at++;
    let decoded = '';
    for (;;) {
      const char = this.text[this.at];
      if (char === undefined) throw new ScanError(start, 'a string without its end');
      if (char < ' ') throw this.fault('a control character or line break in a string');
      this.at++;
      if (char === '"') return decoded;
      decoded += char === '\\' ? this.escape() : char;
    }
  }

  private escape(): string {
    const char = this.text[this.at] ?? '';
    const plain = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
    const hex = this.text.slice(this.at + 1, this.at + 5);
    if (plain === undefined && !(char === 'u' && /^[0-9a-fA-F]{4}$/.test(hex))) {
      throw new ScanError(this.at - 1, `an unknown escape \\${char} in a string`);
    }
    this.at += plain === undefined ? 5 : 1;
    return plain ?? String.fromCharCode(Number.parseInt(hex, 16));
  }

  private number(): void {
    const start = this.at;
    const taken = this.take(number);
    const rest = this.take(word);
    if (taken !== '' && rest === '') return;
    throw new ScanError(start, `${taken}${rest} is not a number of JSON`);
  }

  private literal(): void {
    const start = this.at;
    const name = this.take(word);
    if (name === 'true' || name === 'false' || name === 'null') return;
    this.at = start;
    throw this.expected('a value');
  }

  private take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.text)?.[0] ?? '';
    this.at += match.length;
    return match;
  }

  private skipSpace(): void {
    this.take(space);
  }

  private expected(what: string): ScanError {
    return this.fault(`expected ${what}, found ${this.found()}`);
  }

  private found(): string {
    if (this.at >= this.text.length) return 'the end of the file';
    word.lastIndex = this.at;
    const name = word.exec(this.text)?.[0];
    const point = this.text.codePointAt(this.at) ?? 0;
    if (name !== undefined) return name.length > 20 ? `${name.slice(0, 20)}…` : name;
    if (point < 32) return `character U+${point.toString(16).toUpperCase().padStart(4, '0')}`;
    return `"${String.fromCodePoint(point)}"`;
  }

  private fault(reason: string): ScanError {
    return new ScanError(this.at, reason);
  }
}
