// docs/reference/engine.md from the topics' tables; `npx vitest run test/docs -u` writes it.
import { engineFlags } from '../../src/cli/engine/engine-flags.ts';
import { shortForms, type Topic, topics } from '../../src/cli/engine/topics.ts';
import type { CommandTable } from '../../src/cli/table/types.ts';
import { flagTable } from './render-cli.ts';

export async function renderEngine(): Promise<string> {
  const sections = await Promise.all(Object.entries(topics).map(topicSection));
  const parts = [
    '# The engine’s command line',
    'Made from `src/cli/engine` by `test/docs/reference.test.ts`; change the tables and run `npx vitest run test/docs -u`.',
    'Verbs, flags, outputs and texts are docker’s. Flags are read as docker reads them: `-it` joined, values after `=` or as the next word, and in front of the image only. The exit code is 0, 1 on an error, 125 on a wrong flag.',
    '```\nrundlet [--data-root DIR] [--exec-root DIR] TOPIC VERB [OPTIONS] [ARG...]\n```',
    '## Options of every verb',
    flagTable(engineFlags),
    ...sections.flat(),
    '## Short forms',
    'Where no OCI command has the name:',
    shortList(),
  ];
  return `${parts.join('\n\n')}\n`;
}

async function topicSection([name, topic]: [string, Topic]): Promise<string[]> {
  const tables = await Promise.all(
    Object.values(topic.verbs).map(async (load) => (await load()).table),
  );
  const shown = tables.filter((table) => !table.hidden);
  return shown.length > 0 ? [`## ${name}`, `${topic.summary}.`, ...shown.map(verbSection)] : [];
}

function verbSection({ name, summary, usage, notes, examples, flags }: CommandTable): string {
  return [
    `### ${name}`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    ['```', `rundlet ${name} ${usage}`.trimEnd(), '```'].join('\n'),
    ...(notes ? [notes] : []),
    ...(examples ?? []).map(({ does, line }) => `${does} \`${line}\``),
    flagTable(flags),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function shortList(): string {
  return Object.entries(shortForms)
    .filter(([, [topic, verb]]) => topics[topic]?.verbs[verb])
    .map(([name, [topic, verb]]) => `\`rundlet ${name}\` is \`${topic} ${verb}\`.`)
    .join(' ');
}
