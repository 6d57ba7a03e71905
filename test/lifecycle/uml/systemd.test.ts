// The systemd driver under a real systemd: a Debian of its own, booted in User-mode Linux.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { repository, requires, runtimeUnderTest, skip, tools } from '../../support/index.ts';
import { boot, failedChecks } from './boot.ts';

const here = dirname(fileURLToPath(import.meta.url));
const packages = 'systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,uidmap';
/** Made once, kept between runs. */
const root = join(tmpdir(), 'rundlet-test-systemd-bookworm');
/** In the root; what one run brings. */
const inside = '/opt/rundlet-test';
afterAll(() => rmSync(join(root, inside), { recursive: true, force: true }));

/** The archive that this machine's own packages come from. */
function mirror(): string {
  const files = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'];
  const text = files
    .filter(existsSync)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  return /^(?:URIs:|deb(?: \[.*?\])?) +(\S+)/m.exec(text)?.[1] ?? 'http://deb.debian.org/debian';
}

/** False where it cannot be made, which takes the archive. */
function makeRoot(): boolean {
  if (existsSync(root)) return true;
  const work = mkdtempSync(`${root}-`);
  const options = ['--variant=minbase', `--include=${packages}`, 'bookworm', work, mirror()];
  try {
    execFileSync('debootstrap', options, { stdio: 'ignore', timeout: 400_000 });
    appendFileSync(join(work, 'etc/passwd'), 'maria:x:20001:20001::/:/bin/sh\n');
    appendFileSync(join(work, 'etc/group'), 'maria:x:20001:\n');
    // the account has to be one for PAM to open its session
    appendFileSync(join(work, 'etc/shadow'), 'maria:*:20000:0:99999:7:::\n');
    writeFileSync(join(work, 'etc/fstab'), '');
    chmodSync(work, 0o755);
    renameSync(work, root);
    return true;
  } catch {
    rmSync(work, { recursive: true, force: true });
    return existsSync(root);
  }
}

const service = `[Unit]
Description=The tests of the runtime
After=dbus.socket systemd-logind.service
[Service]
Type=oneshot
ExecStart=${inside}/systemd-guest.sh
ExecStopPost=/bin/systemctl --no-block poweroff
# a group of its own among the services, with all rights
Delegate=yes
`;

/** The runtime, its tools and the service into the root; → where its lines go. */
function prepare(): string {
  const dir = join(root, inside);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const file of ['systemd-guest.sh', 'template.json'])
    copyFileSync(join(here, file), join(dir, file));
  chmodSync(join(dir, 'systemd-guest.sh'), 0o755);
  copyFileSync(runtimeUnderTest(repository).path, join(dir, 'runtime'));
  chmodSync(join(dir, 'runtime'), 0o755);
  for (const tool of [tools().busybox, tools().probe])
    cpSync(tool, join(dir, tool.split('/').at(-1) ?? ''));
  writeFileSync(join(dir, 'params'), `RT=${inside}/runtime\nTOOLS=${inside}\nOUT=${inside}/out\n`);
  writeFileSync(join(root, 'etc/systemd/system/rundlet-test.service'), service);
  const wants = join(root, 'etc/systemd/system/multi-user.target.wants');
  mkdirSync(wants, { recursive: true });
  rmSync(join(wants, 'rundlet-test.service'), { force: true });
  symlinkSync('../rundlet-test.service', join(wants, 'rundlet-test.service'));
  return join(dir, 'out');
}

describe('User-mode Linux, systemd', () => {
  it('the checks of systemd-guest.sh', { timeout: 600_000 }, async (ctx) => {
    requires(ctx, 'root', 'program linux.uml', 'program debootstrap');
    if (!makeRoot()) skip(ctx, `debootstrap cannot make a system from ${mirror()}`);
    const out = prepare();
    const lines = await boot({
      root,
      init: '/lib/systemd/systemd',
      words: ['systemd.unified_cgroup_hierarchy=1', 'systemd.show_status=0'],
      out,
      home: dirname(out),
      memory: '768M',
      timeout: 180_000,
    });
    expect(failedChecks(lines)).toBe('');
    expect(lines.match(/^ok /gm)?.length).toBeGreaterThan(70);
  });
});
