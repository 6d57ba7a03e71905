import { invalid } from './plan-error.ts';

/** A slice's group: the name tells its parents. `a-b.slice` is `/a.slice/a-b.slice`, `-.slice` the root. */
export function expandSlice(slice: string): string {
  const name = slice.endsWith('.slice') ? slice.slice(0, -'.slice'.length) : '';
  if (name === '-') return '';
  const parts = name.split('-');
  if (name === '' || slice.includes('/') || parts.includes('')) {
    throw invalid('/linux/cgroupsPath', `invalid slice name: ${slice}`);
  }
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
}
