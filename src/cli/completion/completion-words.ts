import { commands } from '../commands.ts';
import { shortForms, topics } from '../engine/topics.ts';
import type { CommandTable, FlagTable } from '../table/types.ts';

/** What may follow a command's words; `''` stands for the beginning. */
export interface CompletionRow {
  words: readonly { word: string; summary: string }[];
  flags: readonly { flag: string; summary: string }[];
}

/** By command, its words joined by a blank: `''`, `run`, `container`, `container create`. */
export async function completionRows(globals: FlagTable): Promise<Map<string, CompletionRow>> {
  const rows = new Map<string, CompletionRow>();
  const words: { word: string; summary: string }[] = [];
  for (const [word, load] of Object.entries(commands)) {
    const { table } = await load();
    if (!table.hidden) words.push({ word, summary: table.summary });
    rows.set(word, { words: [], flags: flagRows(table.flags) });
  }
  for (const [topic, { summary, verbs }] of Object.entries(topics)) {
    words.push({ word: topic, summary });
    const tables = await verbTables(verbs);
    const shown = tables.filter(([, table]) => !table.hidden);
    rows.set(topic, {
      words: shown.map(([word, table]) => ({ word, summary: table.summary })),
      flags: [],
    });
    for (const [verb, { flags }] of tables) {
      rows.set(`${topic} ${verb}`, { words: [], flags: flagRows(flags) });
    }
  }
  for (const [word, [topic, verb]] of Object.entries(shortForms)) {
    const row = rows.get(`${topic} ${verb}`);
    if (row === undefined || Object.hasOwn(commands, word)) continue;
    rows.set(word, row);
    words.push({ word, summary: `${topic} ${verb}` });
  }
  rows.set('', { words, flags: flagRows(globals) });
  return rows;
}

async function verbTables(
  verbs: Readonly<Record<string, () => Promise<{ table: CommandTable }>>>,
): Promise<[string, CommandTable][]> {
  const load = async ([verb, give]: [string, () => Promise<{ table: CommandTable }>]) =>
    [verb, (await give()).table] as [string, CommandTable];
  return Promise.all(Object.entries(verbs).map(load));
}

function flagRows(flags: FlagTable): { flag: string; summary: string }[] {
  return Object.entries(flags)
    .filter(([, { hidden }]) => !hidden)
    .map(([name, { summary }]) => ({ flag: `--${name}`, summary }));
}
