// Bundles with a busybox root file system.
import { chmodSync, linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, defaultConfig } from './config.ts';
import { tools } from './tools.ts';

export interface Bundle {
  dir: string;
  rootfs: string;
  config: Config;
  /** Writes config.json again after a change. */
  write(change?: (config: Config) => void): void;
  /** Writes config.json as this text. */
  writeText(text: string): void;
}

/** Fills `rootfs` with busybox, its applets' links and the probe. */
export function makeRootfs(rootfs: string): void {
  const { busybox, probe, applets } = tools();
  for (const dir of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev', 'root', 'srv']) {
    mkdirSync(join(rootfs, dir), { recursive: true, mode: 0o755 });
  }
  linkSync(busybox, join(rootfs, 'bin/busybox'));
  linkSync(probe, join(rootfs, 'bin/probe'));
  for (const applet of applets) {
    if (applet !== 'busybox') symlinkSync('busybox', join(rootfs, 'bin', applet));
  }
  writeFileSync(
    join(rootfs, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\ndaemon:x:1:1::/:/bin/false\n',
  );
  writeFileSync(
    join(rootfs, 'etc/group'),
    'root:x:0:\ndaemon:x:1:\nwheel:x:10:user\nuser:x:1000:\n',
  );
}

/** A bundle under `parent`; `command` is a shell script or an argument vector. */
export function makeBundle(
  parent: string,
  command: string | string[],
  change?: (config: Config) => void,
): Bundle {
  const dir = mkdtempSync(join(parent, 'bundle-'));
  chmodSync(dir, 0o755);
  const rootfs = join(dir, 'rootfs');
  mkdirSync(rootfs, { mode: 0o755 });
  makeRootfs(rootfs);
  const config = defaultConfig(typeof command === 'string' ? ['/bin/sh', '-c', command] : command);
  const bundle: Bundle = {
    dir,
    rootfs,
    config,
    write(edit) {
      edit?.(config);
      writeFileSync(join(dir, 'config.json'), JSON.stringify(config, null, 2));
    },
    writeText(text) {
      writeFileSync(join(dir, 'config.json'), text);
    },
  };
  bundle.write(change);
  return bundle;
}
