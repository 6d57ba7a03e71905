// A data root and an exec root of one test, and rundlet's engine on them, in both hosts.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Outcome, runExecutable, runNode, type Setting } from '../../parity/both-hosts.ts';
import { type ImageWish, type LaidImage, layImage } from './lay-image.ts';

export interface EngineRoots {
  /** What both roots lie in; the test's own files may too. */
  dir: string;
  dataRoot: string;
  execRoot: string;
  image(wish?: ImageWish): LaidImage;
  /** `rundlet container …` of the executable, on these roots. */
  rundlet(args: string[], setting?: Setting): Outcome;
  /** The same of the Node host. */
  node(args: string[], setting?: Setting): Outcome;
  /** `rundlet`, which has to exit 0; its standard output without the last newline. */
  ok(args: string[], setting?: Setting): string;
  /** A file below the data root; undefined when it is not there. */
  read(path: string): string | undefined;
  /** Takes a container's record away, so that its name is free; its layers stay. */
  forget(id: string): void;
  /** Fails when something is still mounted below. */
  remove(): void;
}

export function makeEngineRoots(): EngineRoots {
  const dir = mkdtempSync(join(tmpdir(), 'rundlet-engine-'));
  const dataRoot = join(dir, 'data');
  const execRoot = join(dir, 'exec');
  const roots = ['--data-root', dataRoot, '--exec-root', execRoot];
  const rundlet = (args: string[], setting?: Setting) =>
    runExecutable([...roots, ...args], setting);
  return {
    dir,
    dataRoot,
    execRoot,
    image: (wish) => layImage(dataRoot, wish),
    rundlet,
    node: (args, setting) => runNode([...roots, ...args], setting),
    ok(args, setting) {
      const { status, stdout, stderr } = rundlet(args, setting);
      if (status !== 0) throw new Error(`rundlet ${args.join(' ')}: exit ${status}\n${stderr}`);
      return stdout.replace(/\n$/, '');
    },
    read(path) {
      const file = join(dataRoot, path);
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    },
    forget: (id) => rmSync(join(dataRoot, 'containers', id), { recursive: true }),
    remove() {
      expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
