// A data root of one test, with image layers made by hand, on the Node host.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/context.ts';
import { prepareLayerStore } from '../../src/engine/layers/layer-store.ts';
import { lowerOf, type ParentLayer } from '../../src/engine/layers/overlay-entries.ts';
import { openEngine } from '../../src/engine/open-engine.ts';
import { nodeHost } from '../../src/host/node-host.ts';

export interface Store {
  engine: Engine;
  root: string;
  /** Adds a layer on the last one; `fill` gets its diff directory. */
  addLayer(fill?: (diff: string) => void): string;
  /** `mode kind name [text]` of every entry below a directory of the root, sorted. */
  tree(directory: string): string[];
  remove(): void;
}

/** Makes an empty store. */
export async function makeStore(): Promise<Store> {
  const root = mkdtempSync(join(tmpdir(), 'rundlet-store-'));
  const engine = openEngine(nodeHost(), { dataRoot: root, execRoot: join(root, 'run') });
  await prepareLayerStore(engine);
  let parent: ParentLayer | null = null;
  let count = 0;
  return {
    engine,
    root,
    addLayer(fill = () => {}) {
      const cacheId = String(++count).padStart(64, '0');
      const link = `LAYER${String.fromCharCode(64 + (count % 26))}${'A'.repeat(20)}`
        .replace(/[^A-Z2-7]/g, 'A')
        .slice(0, 22)
        .concat(count.toString(8).padStart(4, '2').replaceAll('0', 'Z').replaceAll('1', 'Y'));
      const home = join(root, 'overlay2');
      mkdirSync(join(home, cacheId, 'diff'), { recursive: true });
      execFileSync('ln', ['-s', `../${cacheId}/diff`, join(home, 'l', link)]);
      writeFileSync(join(home, cacheId, 'link'), link);
      if (parent) writeFileSync(join(home, cacheId, 'lower'), lowerOf(parent));
      fill(join(home, cacheId, 'diff'));
      const record = join(root, 'image/overlay2/layerdb/sha256', cacheId);
      mkdirSync(record);
      writeFileSync(join(record, 'cache-id'), cacheId);
      writeFileSync(join(record, 'diff'), `sha256:${cacheId}`);
      writeFileSync(join(record, 'size'), '0');
      parent = { cacheId, link, lower: lowerOf(parent) };
      return `sha256:${cacheId}`;
    },
    tree: (directory) => tree(join(root, directory)),
    remove() {
      chmodSync(root, 0o700);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** What is below a directory, one line each: `755 d dev`, `777 l etc/mtab -> /proc/mounts`. */
export function tree(directory: string, prefix = ''): string[] {
  return readdirSync(join(directory, prefix))
    .sort()
    .flatMap((name) => {
      const path = prefix ? `${prefix}/${name}` : name;
      const stat = lstatSync(join(directory, path));
      const mode = (stat.mode & 0o7777).toString(8).padStart(3, '0');
      if (stat.isDirectory()) return [`${mode} d ${path}`, ...tree(directory, path)];
      if (stat.isSymbolicLink()) {
        return [`${mode} l ${path} -> ${readlinkSync(join(directory, path))}`];
      }
      return [`${mode} f ${path}`];
    });
}

export const text = (path: string) => readFileSync(path, 'utf8');
