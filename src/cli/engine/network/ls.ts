import { type Filters, parseFilters } from '../../../engine/containers/parse-filters.ts';
import { listContainers } from '../../../engine/containers/store.ts';
import type { Engine } from '../../../engine/context.ts';
import { formatRows, type Row } from '../../../engine/format/format-rows.ts';
import { hasLabel } from '../../../engine/has-label.ts';
import { type ListedNetwork, listNetworks } from '../../../engine/network/inspect-network.ts';
import { isPredefined } from '../../../engine/network/network.ts';
import { print } from '../../print.ts';
import { fromDaemon } from '../daemon-error.ts';
import { defineEngineCommand } from '../engine-command.ts';

const headers = {
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
  Label: (name: unknown) => String(name),
};

export const ls = defineEngineCommand(
  {
    name: 'network ls',
    summary: 'list networks',
    usage: '[OPTIONS]',
    examples: [{ does: 'Those that users made:', line: 'rundlet network ls -f type=custom' }],
    args: { min: 0, max: 0 },
    flags: {
      filter: {
        type: 'string',
        alias: 'f',
        value: 'filter',
        repeatable: true,
        summary: 'Filter output by dangling, driver, id, label, name, scope or type',
      },
      format: {
        type: 'string',
        summary: "Format of the output: 'table', 'table TEMPLATE', 'json', 'raw' or a Go template",
      },
      'no-trunc': { type: 'boolean', summary: 'Do not truncate the output' },
      quiet: { type: 'boolean', alias: 'q', summary: 'Only display network IDs' },
    },
  },
  async ({ engine, host }, { filter, format, 'no-trunc': noTrunc, quiet }) => {
    const filters = await fromDaemon(
      Promise.resolve().then(() => parseFilters(filter, Object.keys(tests))),
    );
    const used = await usedNames(engine);
    const networks = (await listNetworks(engine)).filter((network) => fits(network, filters, used));
    const listing = {
      format: layout(format || 'table', quiet),
      table: '{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}',
      headers,
      rows: networks.map((network) => rowOf(network, noTrunc)),
    };
    await print(host, formatRows(listing));
    return 0;
  },
);

function layout(format: string, quiet: boolean): string {
  if (format === 'raw') {
    const rest = 'name: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n';
    return quiet ? 'network_id: {{.ID}}' : `network_id: {{.ID}}\n${rest}`;
  }
  return quiet && format === 'table' ? '{{.ID}}' : format;
}

type Test = (network: ListedNetwork, value: string, used: ReadonlySet<string>) => boolean;

const yes = (value: string) => ['1', 'true'].includes(value);

/** By key of the filter. */
const tests: Readonly<Record<string, Test>> = {
  dangling: ({ name }, value, used) => yes(value) === (!isPredefined(name) && !used.has(name)),
  driver: ({ driver }, value) => driver === value,
  id: ({ id }, value) => id.startsWith(value),
  label: ({ bridge }, value) => hasLabel(bridge?.labels ?? {}, value),
  name: ({ name }, value) => name.includes(value),
  scope: (_, value) => value === 'local',
  type: ({ name }, value) => (value === 'builtin') === isPredefined(name),
};

/** One value of each key has to fit; of labels all. */
function fits(network: ListedNetwork, filters: Filters, used: ReadonlySet<string>): boolean {
  return [...filters].every(([key, values]) => {
    const test = (value: string) => tests[key]?.(network, value, used) ?? true;
    return key === 'label' ? values.every(test) : values.some(test);
  });
}

async function usedNames(engine: Engine): Promise<Set<string>> {
  return new Set(
    (await listContainers(engine)).flatMap(({ config }) =>
      Object.keys(config.NetworkSettings.Networks ?? {}),
    ),
  );
}

function rowOf({ id, name, driver, created, bridge }: ListedNetwork, noTrunc: boolean): Row {
  const labels = bridge?.labels ?? {};
  return {
    ID: noTrunc ? id : id.slice(0, 12),
    Name: name,
    Driver: driver,
    Scope: 'local',
    IPv6: String(bridge?.subnet6 !== undefined),
    Internal: String(bridge?.internal ?? false),
    Labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
    CreatedAt: created,
    Label: (key: unknown) => labels[String(key)] ?? '',
  };
}
