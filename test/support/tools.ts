// The helper programs and the root file system's files, built once and kept between runs.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
const native = join(repository, 'test/support/native');

export interface Tools {
  /** `box hold|enter`: rooms of namespaces. */
  box: string;
  /** The other end of --console-socket. */
  tty: string;
  /** `pty ROWSxCOLS CMD…`: a command on a terminal of its own. */
  pty: string;
  /** The static program inside the container. */
  probe: string;
  /** A copy of busybox that may be hard linked into root file systems. */
  busybox: string;
  /** busybox's applets. */
  applets: string[];
}

let made: Tools | undefined;

/** Compiles the helpers and copies busybox into a folder named by the hash of their sources. */
export function tools(): Tools {
  if (made) return made;
  const sources = readdirSync(native).filter((name) => name.endsWith('.c'));
  const hash = createHash('sha256');
  for (const name of sources) hash.update(readFileSync(join(native, name)));
  hash.update(String(readFileSync('/bin/busybox').length));
  const dir = join(tmpdir(), `rundlet-test-tools-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(dir)) {
    const work = mkdtempSync(join(tmpdir(), 'rundlet-test-tools-'));
    for (const name of sources) {
      const out = join(work, name.slice(0, -2));
      const linkage = name === 'probe.c' ? ['-static'] : [];
      execFileSync('cc', ['-O2', '-Wall', '-Wextra', ...linkage, '-o', out, join(native, name)]);
    }
    copyFileSync('/bin/busybox', join(work, 'busybox'));
    try {
      renameSync(work, dir);
    } catch {
      rmSync(work, { recursive: true }); // another worker was first
    }
  }
  const at = (name: string) => join(dir, name);
  const applets = execFileSync(at('busybox'), ['--list'], { encoding: 'utf8' }).trim().split('\n');
  made = {
    box: at('box'),
    tty: at('tty'),
    pty: at('pty'),
    probe: at('probe'),
    busybox: at('busybox'),
    applets,
  };
  mkdirSync(dir, { recursive: true });
  return made;
}
