import { didYouMean } from './did-you-mean.ts';

/** `did you mean "web"?` as a hint, where a name is near enough; of very short ones any is. */
export function nearNameHint(name: string, names: Iterable<string>): string | undefined {
  const best = name.length < 3 ? undefined : didYouMean(name, names);
  return best === undefined || best === name ? undefined : `did you mean ${JSON.stringify(best)}?`;
}
