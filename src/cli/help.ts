import { ociVersion } from '../spec/spec-version.ts';
import type { Program } from './command.ts';
import { commands } from './commands.ts';
import type { CommandTable, FlagSpec, FlagTable } from './table/types.ts';

/** Help of one command, in runc's shape. */
export function commandHelp(table: CommandTable): string {
  const { name, summary, usage, notes, description, examples = [], flags } = table;
  const options = optionLines(flags);
  const line = ['rundlet', name, options.length > 0 ? '[command options]' : '', usage];
  const parts = [
    `NAME:\n   rundlet ${name} - ${summary}`,
    `USAGE:\n   ${line.filter(Boolean).join(' ')}`,
    notes,
    description && `DESCRIPTION:\n   ${description}`,
    ...examples.map((example) => `EXAMPLE:\n${example.does}\n\n       # ${example.line}`),
    options.length > 0 ? `OPTIONS:\n${options.join('\n')}` : undefined,
  ];
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** Help of the program: every command's table is read for its summary. */
export async function rootHelp({ version, commit }: Program, flags: FlagTable): Promise<string> {
  const tables = await Promise.all(
    Object.values(commands).map(async (load) => (await load()).table),
  );
  const rows = tables
    .filter((table) => !table.hidden)
    .map(({ name, summary }): [string, string] => [name, summary]);
  rows.push(['help, h', 'shows a list of commands or help for one command']);
  const parts = [
    'NAME:\n   rundlet - Open Container Initiative runtime',
    `rundlet runs applications packaged according to the Open Container Initiative (OCI)
format. Containers are configured using bundles: a directory with a specification
file named "config.json" and a root filesystem.

    # rundlet run [ -b bundle ] <container-id>`,
    'USAGE:\n   rundlet [global options] command [command options] [arguments...]',
    `VERSION:\n   ${version}\ncommit: ${commit}\nspec: ${ociVersion}`,
    `COMMANDS:\n${columns(rows).join('\n')}`,
    `ENGINE COMMANDS:\n${columns(await engineRows()).join('\n')}`,
    `GLOBAL OPTIONS:\n${optionLines({ ...flags, help: helpFlag }).join('\n')}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

async function engineRows(): Promise<[string, string][]> {
  const { topics } = await import('./engine/topics.ts');
  return Object.entries(topics).map(([name, { summary }]) => [
    name,
    `${summary[0]?.toLowerCase()}${summary.slice(1)}, see 'rundlet ${name} --help'`,
  ]);
}

const helpFlag: FlagSpec = { type: 'boolean', alias: 'h', summary: 'show help' };

function optionLines(flags: FlagTable): string[] {
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  return columns(
    shown.map(([name, flag]) => {
      const value = flag.type === 'boolean' ? '' : ' value';
      const names = [`--${name}${value}`, ...(flag.alias ? [`-${flag.alias}${value}`] : [])];
      const preset =
        flag.type === 'string' && flag.default ? JSON.stringify(flag.default) : flag.default;
      return [names.join(', '), flag.summary + (preset ? ` (default: ${preset})` : '')];
    }),
  );
}

function columns(rows: [string, string][]): string[] {
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `   ${left.padEnd(width)}  ${right}`);
}
