import { describe, expect, it } from 'vitest';
import { useBox } from '../support/index.ts';

const box = useBox();

describe('devices', () => {
  it('the default nodes, their numbers and modes', async () => {
    const r = await box.run(
      'stat -c "%n %F %t:%T %a %u:%g" /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty',
    );
    expect(r.stdout.trim().split('\n')).toEqual(
      [
        ['null', '1:3'],
        ['zero', '1:5'],
        ['full', '1:7'],
        ['random', '1:8'],
        ['urandom', '1:9'],
        ['tty', '5:0'],
      ].map(([name, numbers]) => `/dev/${name} character special file ${numbers} 666 0:0`),
    );
  });

  it('the default links', async () => {
    const r = await box.run(
      'for l in fd stdin stdout stderr ptmx; do echo $l $(readlink /dev/$l); done',
    );
    expect(r.stdout).toBe(
      'fd /proc/self/fd\nstdin /proc/self/fd/0\nstdout /proc/self/fd/1\nstderr /proc/self/fd/2\nptmx pts/ptmx\n',
    );
  });

  it('can be used: null, zero and a new pty', async () => {
    const r = await box.run(
      'echo x > /dev/null && head -c 4 /dev/zero | wc -c && head -c 3 /dev/urandom | wc -c; probe open rw /dev/ptmx /dev/tty',
    );
    expect(r.stdout).toBe('4\n3\n/dev/ptmx OK\n/dev/tty ENXIO\n');
  });

  it('a configured node, with mode and owner, usable when allowed', async () => {
    const r = await box.run(
      'stat -c "%F %t:%T %a %u:%g" /dev/mine /dev/deep/pipe; probe open rw /dev/mine',
      (c) => {
        c.linux.devices = [
          { path: '/dev/mine', type: 'c', major: 1, minor: 5, fileMode: 0o640, uid: 0, gid: 7 },
          { path: '/dev/deep/pipe', type: 'p', fileMode: 0o600 },
        ];
        c.linux.resources.devices.push({
          allow: true,
          type: 'c',
          major: 1,
          minor: 5,
          access: 'rwm',
        });
      },
    );
    expect(r.stdout).toBe('character special file 1:5 640 0:7\nfifo 0:0 600 0:0\n/dev/mine OK\n');
  });

  it('a node that the cgroup does not allow cannot be opened', async () => {
    const r = await box.run(
      'mknod /dev/fuse c 10 229; mknod /tmp/mem c 1 1; probe open r /dev/fuse /tmp/mem /dev/null',
    );
    expect(r.stdout).toBe('/dev/fuse EPERM\n/tmp/mem EPERM\n/dev/null OK\n');
  });

  it('no resources section: still denied', async () => {
    const r = await box.run('mknod /tmp/fuse c 10 229; probe open r /tmp/fuse /dev/zero', (c) => {
      delete c.linux.resources;
    });
    expect(r.stdout).toBe('/tmp/fuse EPERM\n/dev/zero OK\n');
  });

  it('a read-only rule gives reading only', async () => {
    const r = await box.run(
      'mknod /tmp/fuse c 10 229; probe open r /tmp/fuse; probe open w /tmp/fuse',
      (c) => {
        c.linux.resources.devices.push({
          allow: true,
          type: 'c',
          major: 10,
          minor: 229,
          access: 'rm',
        });
      },
    );
    expect(r.stdout).toBe('/tmp/fuse OK\n/tmp/fuse EPERM\n');
  });

  it('exec is under the same rules', async () => {
    const { id } = await box.running();
    const r = await box.rt([
      'exec',
      id,
      'sh',
      '-c',
      'mknod /tmp/fuse c 10 229; probe open r /tmp/fuse',
    ]);
    expect(r.stdout).toBe('/tmp/fuse EPERM\n');
  });
});
