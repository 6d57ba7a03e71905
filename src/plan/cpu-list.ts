import { quote } from '../errors/quote.ts';
import { invalid } from './plan-error.ts';

/** Above the kernel's own limits for processors and memory nodes. */
const maximum = 0xffff;

/** A list as in cpuset(7), `0-3,7`; ascending order and single occurrence are not demanded. */
export function parseCpuList(list: string, pointer: string): number[] {
  const numbers = new Set<number>();
  for (const item of list.split(',')) {
    const range = item.trim();
    if (range === '') continue;
    const dash = range.indexOf('-');
    const first = number(dash === -1 ? range : range.slice(0, dash), list, pointer);
    const last = dash === -1 ? first : number(range.slice(dash + 1), list, pointer);
    if (last < first) throw invalid(pointer, `invalid range ${quote(range)} in ${quote(list)}`);
    for (let n = first; n <= last; n++) numbers.add(n);
  }
  if (numbers.size === 0) throw invalid(pointer, `no number in ${quote(list)}`);
  return [...numbers].sort((a, b) => a - b);
}

function number(text: string, list: string, pointer: string): number {
  const digits = text.trim();
  const value = Number(digits);
  if (!/^\d{1,5}$/.test(digits) || value > maximum) {
    throw invalid(pointer, `invalid number ${quote(text)} in ${quote(list)}`);
  }
  return value;
}
