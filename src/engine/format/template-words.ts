import { invalidParameter } from '../engine-error.ts';

/** A piece of an action `{{ … }}`. */
export type Word =
  | { kind: 'field'; path: string[]; place?: string }
  | { kind: 'variable'; name: string; path: string[] }
  | { kind: 'text'; value: string }
  | { kind: 'number'; value: number }
  | { kind: 'word'; value: string }
  | { kind: 'mark'; value: '(' | ')' | '|' | ',' | ':=' | '='; path?: string[] };

const forms: readonly [RegExp, (match: RegExpExecArray) => Word | undefined][] = [
  [/^\s+/, () => undefined],
  [/^"(?:[^"\\\n]|\\.)*"/, ([all]) => ({ kind: 'text', value: unquote(all) })],
  [/^`[^`]*`/, ([all]) => ({ kind: 'text', value: all.slice(1, -1) })],
  [
    /^\$(\w*)((?:\.\w+)*)/,
    (m) => ({ kind: 'variable', name: m[1] ?? '', path: parts(m[2] ?? '') }),
  ],
  [/^(?:\.\w+)+/, ([all]) => ({ kind: 'field', path: parts(all) })],
  [/^\.(?![\w.])/, () => ({ kind: 'field', path: [] })],
  [/^-?\d+(?:\.\d+)?/, ([all]) => ({ kind: 'number', value: Number(all) })],
  [/^:=/, () => ({ kind: 'mark', value: ':=' })],
  [/^\)((?:\.\w+)*)/, (m) => ({ kind: 'mark', value: ')', path: parts(m[1] ?? '') })],
  [/^[(|,=]/, ([all]) => ({ kind: 'mark', value: all as '(' | '|' | ',' | '=' })],
  [/^[A-Za-z_]\w*/, ([all]) => ({ kind: 'word', value: all })],
];

/** Splits the inside of an action into words; `place` says where a number of characters into it is: `1:2`. */
export function templateWords(action: string, place: (at: number) => string): Word[] {
  const words: Word[] = [];
  let rest = action;
  while (rest !== '') {
    const before = rest;
    for (const [form, make] of forms) {
      const match = form.exec(rest);
      if (!match) continue;
      const word = make(match);
      if (word?.kind === 'field') word.place = place(action.length - rest.length);
      if (word) words.push(word);
      rest = rest.slice(match[0].length);
      break;
    }
    if (rest === before) {
      throw invalidParameter(
        `template parsing error: template: :1: unexpected ${JSON.stringify(rest[0])} in operand`,
      );
    }
  }
  return words;
}

function parts(path: string): string[] {
  return path.split('.').filter((part) => part !== '');
}

function unquote(text: string): string {
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
  return text.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}
