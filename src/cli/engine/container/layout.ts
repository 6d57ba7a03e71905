import { layoutPage } from '../../../engine/layout/layout-page.ts';
import { readLayout } from '../../../engine/layout/read-layout.ts';
import { renderLayout } from '../../../engine/layout/render-layout.ts';
import { lookedAt } from '../../../engine/life/looked-at.ts';
import { print } from '../../print.ts';
import { usage } from '../../scan-flags.ts';
import { defineEngineCommand } from '../engine-command.ts';

export const layout = defineEngineCommand(
  {
    name: 'container layout',
    summary: 'show where everything of a container lies, and what is there now',
    usage: '[OPTIONS] CONTAINER',
    notes:
      'Layers in their order, the records, and what exists only while it runs: the mount, the bundle,\nthe fifos, the shim, state.json, the cgroups. Each with what it is for.',
    examples: [
      {
        does: 'As one page for a browser:',
        line: 'rundlet container layout --html box > box.html',
      },
    ],
    args: { min: 1, max: 1 },
    flags: {
      json: { type: 'boolean', summary: 'Print the tree as JSON' },
      html: { type: 'boolean', summary: 'Print one HTML page that needs nothing else' },
    },
  },
  async ({ engine, host }, { json, html }, [name = '']) => {
    if (json && html) throw usage('--json and --html exclude each other');
    const tree = await readLayout(engine, await lookedAt(engine, name));
    const text = html
      ? layoutPage(tree)
      : json
        ? `${JSON.stringify(tree, undefined, 2)}\n`
        : renderLayout(tree);
    await print(host, text);
    return 0;
  },
);
