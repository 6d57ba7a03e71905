import { invalidParameter } from '../engine-error.ts';
import { templateFunctions } from './template-functions.ts';
import { templateWords, type Word } from './template-words.ts';

/** What gives a value. */
export type Operand =
  | { kind: 'field'; path: string[]; place?: string }
  | { kind: 'variable'; name: string; path: string[] }
  | { kind: 'value'; value: unknown }
  | { kind: 'method'; of: Operand; args: Operand[] }
  | { kind: 'call'; name: string; args: Operand[] }
  | { kind: 'path'; of: Operand; path: string[] };

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'print'; value: Operand }
  | { kind: 'set'; name: string; value: Operand }
  | { kind: 'if' | 'with'; value: Operand; body: Node[]; otherwise: Node[] }
  | { kind: 'range'; value: Operand; names: string[]; body: Node[]; otherwise: Node[] };

type Tag = { text: string } | { words: Word[] };

/** Reads a template of Go's text/template; throws Docker's text for a wrong one. */
export function parseTemplate(source: string): Node[] {
  const tags = splitTags(source);
  const place = { at: 0 };
  const nodes = parseNodes(tags, place, false);
  if (place.at < tags.length) throw fault('unexpected {{end}}');
  return nodes;
}

function splitTags(source: string): Tag[] {
  const tags: Tag[] = [];
  const action = /(\s*)\{\{(-\s)?((?:"(?:[^"\\]|\\.)*"|`[^`]*`|(?!\}\})[\s\S])*?)(\s-)?\}\}/y;
  let rest = source;
  let trim = false;
  const placeOf = (at: number) => {
    const lines = source.slice(0, at).split('\n');
    return `${lines.length}:${lines.at(-1)?.length}`;
  };
  while (rest !== '') {
    const open = rest.indexOf('{{');
    if (open === -1) {
      tags.push({ text: trim ? rest.trimStart() : rest });
      return tags;
    }
    const text = trim ? rest.slice(0, open).trimStart() : rest.slice(0, open);
    action.lastIndex = open;
    const match = action.exec(rest);
    if (!match) throw fault('unclosed action');
    const [all, , left, inside = '', right] = match;
    tags.push({ text: left ? text.trimEnd() : text });
    trim = Boolean(right);
    const from = source.length - rest.length + open + '{{'.length + (left?.length ?? 0);
    rest = rest.slice(open + all.length);
    if (/^\/\*[\s\S]*\*\/$/.test(inside.trim())) continue;
    tags.push({ words: templateWords(inside, (at) => placeOf(from + at)) });
  }
  return tags;
}

/** Up to `{{end}}` or `{{else}}`, which are left to the caller. */
function parseNodes(tags: Tag[], place: { at: number }, inner: boolean): Node[] {
  const nodes: Node[] = [];
  for (; place.at < tags.length; ) {
    const tag = tags[place.at] as Tag;
    if ('text' in tag) {
      if (tag.text !== '') nodes.push({ kind: 'text', text: tag.text });
      place.at++;
      continue;
    }
    const word = firstWord(tag.words);
    if (word === 'end' || word === 'else') {
      if (!inner) throw fault(`unexpected {{${word}}}`);
      return nodes;
    }
    place.at++;
    if (word === 'if' || word === 'with' || word === 'range') {
      nodes.push(parseBlock(word, tag.words.slice(1), tags, place));
    } else nodes.push(parseAction(tag.words));
  }
  if (inner) throw fault('unexpected EOF');
  return nodes;
}

function parseBlock(
  kind: 'if' | 'with' | 'range',
  words: Word[],
  tags: Tag[],
  place: { at: number },
): Node {
  const { names, rest } = kind === 'range' ? loopNames(words) : { names: [], rest: words };
  const value = parsePipeline(rest);
  const body = parseNodes(tags, place, true);
  let otherwise: Node[] = [];
  const tag = tags[place.at++] as { words: Word[] };
  if (firstWord(tag.words) === 'else') {
    const chained = tag.words[1];
    if (chained?.kind === 'word' && (chained.value === 'if' || chained.value === 'with')) {
      otherwise = [parseBlock(chained.value, tag.words.slice(2), tags, place)];
    } else {
      otherwise = parseNodes(tags, place, true);
      place.at++;
    }
  }
  return kind === 'range'
    ? { kind, value, names, body, otherwise }
    : { kind, value, body, otherwise };
}

/** `$i, $v := …` of a range. */
function loopNames(words: Word[]): { names: string[]; rest: Word[] } {
  const assign = words.findIndex((word) => word.kind === 'mark' && word.value === ':=');
  if (assign === -1) return { names: [], rest: words };
  const names = words
    .slice(0, assign)
    .filter((word) => word.kind === 'variable')
    .map(({ name }) => name);
  return { names, rest: words.slice(assign + 1) };
}

function parseAction(words: Word[]): Node {
  const [first, second] = words;
  const assigns = second?.kind === 'mark' && (second.value === ':=' || second.value === '=');
  if (first?.kind === 'variable' && assigns) {
    return { kind: 'set', name: first.name, value: parsePipeline(words.slice(2)) };
  }
  return { kind: 'print', value: parsePipeline(words) };
}

/** `a | b c`: the value of each goes to the end of the next one's arguments. */
function parsePipeline(words: Word[]): Operand {
  let value: Operand | undefined;
  for (const part of splitTop(words)) {
    const operand = parseCommand(part);
    if (value === undefined) value = operand;
    else if (operand.kind === 'call') value = { ...operand, args: [...operand.args, value] };
    else throw fault('non executable command in pipeline stage 2');
  }
  if (value === undefined) throw fault('missing value for command');
  return value;
}

function splitTop(words: Word[]): Word[][] {
  const parts: Word[][] = [[]];
  let depth = 0;
  for (const word of words) {
    if (word.kind === 'mark' && word.value === '(') depth++;
    if (word.kind === 'mark' && word.value === ')') depth--;
    if (depth === 0 && word.kind === 'mark' && word.value === '|') parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

function parseCommand(words: Word[]): Operand {
  const place = { at: 0 };
  const first = words[0];
  if (first === undefined) throw fault('missing value for command');
  if (first.kind === 'word' && !(first.value in constants)) {
    if (!Object.hasOwn(templateFunctions, first.value)) {
      throw fault(`function "${first.value}" not defined`);
    }
    place.at = 1;
    const args: Operand[] = [];
    while (place.at < words.length) args.push(parseOperand(words, place));
    return { kind: 'call', name: first.value, args };
  }
  const value = parseOperand(words, place);
  if (place.at >= words.length) return value;
  if (value.kind !== 'field') throw fault("can't give argument to non-function");
  const args: Operand[] = [];
  while (place.at < words.length) args.push(parseOperand(words, place));
  return { kind: 'method', of: value, args };
}

const constants: Readonly<Record<string, unknown>> = { true: true, false: false, nil: null };

function parseOperand(words: Word[], place: { at: number }): Operand {
  const word = words[place.at++] as Word;
  switch (word.kind) {
    case 'field':
    case 'variable':
      return word;
    case 'text':
    case 'number':
      return { kind: 'value', value: word.value };
    case 'word':
      if (word.value in constants) return { kind: 'value', value: constants[word.value] };
      return parseCommand([word]);
    case 'mark':
      if (word.value === '(') return parseGroup(words, place);
      throw fault(`unexpected "${word.value}" in operand`);
  }
}

function parseGroup(words: Word[], place: { at: number }): Operand {
  const from = place.at;
  for (let depth = 1; place.at < words.length; place.at++) {
    const word = words[place.at] as Word;
    if (word.kind !== 'mark') continue;
    if (word.value === '(') depth++;
    if (word.value === ')' && --depth === 0) {
      const inside = parsePipeline(words.slice(from, place.at++));
      const path = word.path ?? [];
      return path.length === 0 ? inside : { kind: 'path', of: inside, path };
    }
  }
  throw fault('unclosed left paren');
}

function firstWord(words: Word[]): string | undefined {
  const [first] = words;
  return first?.kind === 'word' ? first.value : undefined;
}

function fault(message: string): Error {
  return invalidParameter(`template parsing error: template: :1: ${message}`);
}
