import { exactJson } from '../../host/exact-json.ts';
import { goText } from './go-text.ts';

export type TemplateFunction = (...args: unknown[]) => unknown;

/** Go's text/template functions and those that Docker adds, by name. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  json: (value) => exactJson(value ?? null),
  split: (text, separator) => goText(text).split(goText(separator)),
  join: (list, separator) => toList(list).map(goText).join(goText(separator)),
  title: (text) => goText(text).replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
  lower: (text) => goText(text).toLowerCase(),
  upper: (text) => goText(text).toUpperCase(),
  pad: (text, before, after) =>
    goText(text) === ''
      ? ''
      : ' '.repeat(Number(before)) + goText(text) + ' '.repeat(Number(after)),
  truncate: (text, length) => [...goText(text)].slice(0, Number(length)).join(''),
  print: (...values) => values.map(goText).join(values.every(isText) ? '' : ' '),
  println: (...values) => `${values.map(goText).join(' ')}\n`,
  printf: (format, ...values) => printf(goText(format), values),
  len: (value) => {
    if (typeof value === 'string') return value.length;
    return value !== null && typeof value === 'object' ? Object.keys(value).length : 0;
  },
  // The maps that people index hold texts: one that is not there is empty.
  index: (value, ...keys) => keys.reduce(indexOf, value) ?? '',
  slice: (value, from = 0, to) => {
    const end = to === undefined ? undefined : Number(to);
    return Array.isArray(value)
      ? value.slice(Number(from), end)
      : goText(value).slice(Number(from), end);
  },
  eq: (first, ...others) => others.some((other) => same(first, other)),
  ne: (left, right) => !same(left, right),
  lt: (left, right) => compare(left, right) < 0,
  le: (left, right) => compare(left, right) <= 0,
  gt: (left, right) => compare(left, right) > 0,
  ge: (left, right) => compare(left, right) >= 0,
  and: (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1),
  or: (...values) => values.find(isTrue) ?? values.at(-1),
  not: (value) => !isTrue(value),
};

/** Go's truth: not the zero value, not empty. */
export function isTrue(value: unknown): boolean {
  if (value === null || value === undefined) return false;
  if (typeof value === 'object') return Object.keys(value).length > 0;
  return Boolean(value);
}

/** One field or element; undefined where there is none. */
export function indexOf(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return value[Number(key)];
  if (value === null || typeof value !== 'object') return undefined;
  const name = goText(key);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function toList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return value === null || value === undefined ? [] : [value];
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function same(left: unknown, right: unknown): boolean {
  return left === right || goText(left) === goText(right);
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === 'string' && typeof right === 'string') {
    return left < right ? -1 : Number(left > right);
  }
  return Number(left) - Number(right);
}

function printf(format: string, values: unknown[]): string {
  let next = 0;
  return format.replace(/%(-?)(0?)(\d*)([vsdqtfx%])/g, (_, minus, zero, width, verb) => {
    if (verb === '%') return '%';
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const value = values[next++];
    let text = verb === 'q' ? JSON.stringify(goText(value)) : goText(value);
    if (verb === 'x') text = Number(value).toString(16);
    if (verb === 'f') text = Number(value).toFixed(6);
    const size = Number(width);
    return minus ? text.padEnd(size) : text.padStart(size, zero ? '0' : ' ');
  });
}
