import type { CommandTable, FlagSpec, FlagTable } from '../table/types.ts';
import type { Topic } from './topics.ts';

/** Help of one verb, in docker's shape. */
export function verbHelp({ name, summary, usage, notes, flags }: CommandTable): string {
  const parts = [
    `Usage:  rundlet ${name} ${usage}`.trimEnd(),
    `${summary[0]?.toUpperCase()}${summary.slice(1)}`,
    notes,
    `Options:\n${flagLines(flags).join('\n')}`,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** Help of a topic: its verbs' tables are read for their summaries. */
export async function topicHelp(name: string, topic: Topic, globals: FlagTable): Promise<string> {
  const rows = await verbRows(topic);
  const parts = [
    `Usage:  rundlet ${name} COMMAND`,
    topic.summary,
    `Options:\n${flagLines(globals).join('\n')}`,
    `Commands:\n${columns(rows).join('\n')}`,
    `Run 'rundlet ${name} COMMAND --help' for more information on a command.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

export async function verbRows({ verbs }: Topic): Promise<[string, string][]> {
  const rows = await Promise.all(
    Object.entries(verbs).map(async ([verb, load]) => [verb, (await load()).table] as const),
  );
  return rows
    .filter(([, table]) => !table.hidden)
    .map(([verb, table]) => [verb, `${table.summary[0]?.toUpperCase()}${table.summary.slice(1)}`]);
}

function flagLines(flags: FlagTable): string[] {
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  return columns(
    shown.map(([name, flag]) => [flagLabel(name, flag), flag.summary + presetText(flag)]),
  );
}

/** `-a, --attach list`, short and long names each in their column. */
export function flagLabel(name: string, flag: FlagSpec): string {
  const value = valueName(flag);
  return `${flag.alias ? `-${flag.alias}, ` : '    '}--${name}${value && ` ${value}`}`;
}

/** What the value is called: pflag's type where the table has no better word. */
function valueName({ type, value, repeatable }: FlagSpec): string {
  if (type === 'boolean') return '';
  if (value !== undefined) return value;
  if (repeatable) return 'list';
  return type === 'integer' ? 'int' : 'string';
}

function presetText({ type, default: preset }: FlagSpec): string {
  if (preset === undefined || preset === '') return '';
  return ` (default ${type === 'string' ? JSON.stringify(preset) : preset})`;
}

function columns(rows: [string, string][]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`.trimEnd());
}
