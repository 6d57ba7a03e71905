import { humanSize } from '../../../engine/format/human-size.ts';
import type { LayerProgress } from '../../../engine/registry/pull-layers.ts';

/** Characters of a bar between its brackets. */
const barWidth = 50;

/** What Docker says when a layer comes to a phase; the steps in between are said too. */
const steps: readonly { phase: LayerProgress['phase']; lines: readonly string[] }[] = [
  { phase: 'waiting', lines: ['Pulling fs layer'] },
  { phase: 'downloading', lines: [] },
  { phase: 'downloaded', lines: ['Verifying Checksum', 'Download complete'] },
  { phase: 'done', lines: ['Pull complete'] },
];

/** Docker's lines about the layers of a pull: one after another, or on a terminal one for each, redrawn. */
export class PullScreen {
  readonly #say: (text: string) => Promise<void>;
  readonly #terminal: boolean;
  /** Layers by their id, in the order of their lines. */
  readonly #rows: string[] = [];
  /** How many of `steps` were said of a layer. */
  readonly #said = new Map<string, number>();

  constructor(say: (text: string) => Promise<void>, terminal: boolean) {
    this.#say = say;
    this.#terminal = terminal;
  }

  async show(layer: LayerProgress): Promise<void> {
    if (this.#terminal) return this.#draw(layer.id, statusLine(layer));
    const { id, phase } = layer;
    if (phase === 'exists') return this.#say(`${id}: Already exists\n`);
    const from = this.#said.get(id) ?? 0;
    const until = steps.findIndex((step) => step.phase === phase) + 1;
    if (until <= from) return;
    this.#said.set(id, until);
    const lines = steps.slice(from, until).flatMap((step) => step.lines);
    await this.#say(lines.map((line) => `${id}: ${line}\n`).join(''));
  }

  /** Writes over the layer's line and comes back to below the last. */
  async #draw(id: string, text: string): Promise<void> {
    const row = this.#rows.indexOf(id);
    if (row === -1) {
      this.#rows.push(id);
      await this.#say(`${id}: ${text}\n`);
      return;
    }
    const up = this.#rows.length - row;
    await this.#say(`\u001b[${up}A\u001b[2K\r${id}: ${text}\r\u001b[${up}B`);
  }
}

function statusLine({ phase, current, total }: LayerProgress): string {
  switch (phase) {
    case 'exists':
      return 'Already exists';
    case 'waiting':
      return 'Waiting';
    case 'downloading':
      return `Downloading ${bar(current, total)}`;
    case 'downloaded':
      return 'Extracting';
    case 'done':
      return 'Pull complete';
  }
}

/** `[=====>     ]  1.2MB/3MB`. */
function bar(current: number, total: number): string {
  const share = total > 0 ? Math.min(current / total, 1) : 1;
  const done = Math.floor(share * barWidth);
  const arrow = done === 0 ? '>' : `${'='.repeat(done - 1)}>`;
  return `[${arrow.padEnd(barWidth)}]  ${humanSize(current)}/${humanSize(total)}`;
}
