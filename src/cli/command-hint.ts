import { nearNameHint } from '../spec/near-name.ts';
import { commands } from './commands.ts';
import { shortForms, topics } from './engine/topics.ts';

/** What to do about a first word that is no command: `ls` is one of a topic, `rnu` is `run`. */
export function commandHint(word: string): string {
  for (const [topic, { verbs, aliases = {} }] of Object.entries(topics)) {
    if (Object.hasOwn(verbs, word) || Object.hasOwn(aliases, word)) {
      return `did you mean "${topic} ${word}"?`;
    }
  }
  const names = [...Object.keys(commands), ...Object.keys(topics), ...Object.keys(shortForms)];
  return nearNameHint(word, names) ?? "see 'rundlet help'";
}
