// docs/reference/cli.md from the flag tables; `npx vitest run test/docs -u` writes it.
import { commands } from '../../src/cli/commands.ts';
import { globalFlags } from '../../src/cli/table/globals.ts';
import type { CommandTable, FlagTable } from '../../src/cli/table/types.ts';

export async function renderCli(): Promise<string> {
  const tables = await Promise.all(
    Object.values(commands).map(async (load) => (await load()).table),
  );
  const parts = [
    '# Command line',
    'Made from `src/cli/table` by `test/docs/reference.test.ts`; change the tables and run `npx vitest run test/docs -u`.',
    'Flags, outputs, texts and exit codes are those of runc 1.x. Flags may be written with one dash or two, values after `=` or as the next word; `--` ends them. The exit code is 0, or 1 on an error (255 of `exec`, 3 for an unknown command); `run` and `exec` in the foreground give that of the process, or 128 and the number of the signal that ended it.',
    '```\nrundlet [global options] command [command options] [arguments...]\n```',
    '## Global options',
    flagTable(globalFlags),
    ...tables.filter((table) => !table.hidden).map(section),
  ];
  return `${parts.join('\n\n')}\n`;
}

function section({ name, summary, usage, description, notes, examples, flags }: CommandTable) {
  const rows = flagTable(flags);
  const options = rows ? '[command options] ' : '';
  return [
    `## ${name}`,
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    ['```', `rundlet ${name} ${options}${usage}`.trimEnd(), '```'].join('\n'),
    ...[notes, description].filter((text) => text !== undefined).map(oneLine),
    ...(examples ?? []).map(({ does, line }) => `${does} \`${line}\``),
    ...(rows ? [rows] : []),
  ].join('\n\n');
}

export function flagTable(flags: FlagTable): string {
  const rows = Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .map(([name, flag]) => {
      const value =
        flag.type === 'boolean'
          ? ''
          : ` ${flag.value ?? (flag.type === 'integer' ? 'N' : 'value')}`;
      const alias = flag.alias ? `, \`-${flag.alias}\`` : '';
      const notes = [
        ...(flag.repeatable ? ['several times'] : []),
        ...(flag.default ? [`default ${flag.default}`] : []),
      ];
      const rest = notes.length > 0 ? ` (${notes.join(', ')})` : '';
      return `| \`--${name}${value}\`${alias} | ${oneLine(flag.summary).replaceAll('|', '\\|')}${rest} |`;
    });
  return rows.length > 0 ? ['| flag | meaning |', '| --- | --- |', ...rows].join('\n') : '';
}

/** Words in angle brackets would be HTML. */
function oneLine(text: string): string {
  return text.replaceAll('\n', ' ').replace(/"?<([\w-]+)>"?/g, '`<$1>`');
}
