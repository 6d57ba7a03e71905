import { describe, expect, it } from 'vitest';
import { PullScreen } from '../../../src/cli/engine/image/pull-screen.ts';
import type { LayerProgress } from '../../../src/engine/registry/pull-layers.ts';

const layer = (id: string, phase: LayerProgress['phase'], current = 0): LayerProgress => ({
  id,
  phase,
  current,
  total: 2_000_000,
});

async function shown(terminal: boolean, layers: LayerProgress[]): Promise<string> {
  let text = '';
  const screen = new PullScreen(async (more) => {
    text += more;
  }, terminal);
  for (const one of layers) await screen.show(one);
  return text;
}

describe('the lines of a pull', () => {
  it('come one after another, each once, also those of steps that were too short to be seen', async () => {
    const text = await shown(false, [
      layer('a', 'waiting'),
      layer('b', 'exists'),
      layer('a', 'downloading', 1),
      layer('a', 'downloading', 2),
      layer('a', 'done'),
      layer('a', 'done'),
    ]);
    expect(text).toBe(
      'a: Pulling fs layer\nb: Already exists\na: Verifying Checksum\na: Download complete\na: Pull complete\n',
    );
  });

  it('are redrawn in their place on a terminal', async () => {
    const text = await shown(true, [
      layer('a', 'waiting'),
      layer('b', 'waiting'),
      layer('a', 'downloading', 1_000_000),
      layer('b', 'done'),
    ]);
    const bar = `[${'='.repeat(24)}>${' '.repeat(25)}]  1MB/2MB`;
    expect(text).toBe(
      `a: Waiting\nb: Waiting\n\u001b[2A\u001b[2K\ra: Downloading ${bar}\r\u001b[2B\u001b[1A\u001b[2K\rb: Pull complete\r\u001b[1B`,
    );
  });
});
