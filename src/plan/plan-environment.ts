import { quote } from '../errors/quote.ts';
import { invalid } from './plan-error.ts';

/** The program's environment: of a name given twice only the last value stays, in its place. */
export function planEnvironment(pointer: string, env: readonly string[] | undefined): string[] {
  const byName = new Map<string, string>();
  for (const [index, entry] of (env ?? []).entries()) {
    const equals = entry.indexOf('=');
    if (equals <= 0) {
      throw invalid(
        `${pointer}/env/${index}`,
        `invalid environment variable ${quote(entry)}: no name=value`,
      );
    }
    const name = entry.slice(0, equals);
    byName.delete(name);
    byName.set(name, entry);
  }
  // as if it were not there: the last act fills in what /etc/passwd says
  if (byName.get('HOME') === 'HOME=') byName.delete('HOME');
  return [...byName.values()];
}

/** PATH of an environment; empty without one, so that only names with a slash are found, as with runc. */
export function searchPath(env: readonly string[]): string {
  return env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
}
