// `cp` and `export` of containers that do not run, and of a process in a namespace of its own, in both hosts.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, requires } from '../support/index.ts';
import { tree } from './store.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';
import { type LaidContainer, layContainer } from './support/lay-container.ts';
import type { LaidImage } from './support/lay-image.ts';

const id = `c${'0'.repeat(63)}`;
let roots: EngineRoots;
let image: LaidImage;
let box: LaidContainer;
let work: string;

beforeEach(async (ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
  image = roots.image({ layers: 2 });
  work = join(roots.dir, 'work');
  mkdirSync(join(work, 'volume'), { recursive: true });
  box = await layContainer(roots, {
    id,
    name: 'box',
    image,
    file: {
      MountPoints: {
        '/srv': {
          Source: join(work, 'volume'),
          Destination: '/srv',
          RW: true,
          Name: '',
          Driver: '',
          Type: 'bind',
          SkipMountpointCreation: false,
        },
        '/tmp': {
          Source: join(work, 'volume'),
          Destination: '/tmp',
          RW: false,
          Name: '',
          Driver: '',
          Type: 'bind',
          SkipMountpointCreation: false,
        },
      },
    },
  });
});
afterEach(() => roots?.remove());

const cp = (...args: string[]) => roots.ok(['container', 'cp', ...args], { cwd: work });
const refused = (args: string[], tar?: Buffer) => {
  const setting = { cwd: work, ...(tar && { input: tar }) };
  const outcome = roots.rundlet(['container', 'cp', ...args], setting);
  expect(outcome).toEqual(roots.node(['container', 'cp', ...args], setting));
  expect(outcome.status).toBe(1);
  return outcome.stderr;
};

describe('out of a container', () => {
  it('files and trees, to places that exist and that do not', () => {
    mkdirSync(join(box.diff, 'opt/a/b'), { recursive: true });
    writeFileSync(join(box.diff, 'opt/a/file'), 'one', { mode: 0o640 });
    linkSync(join(box.diff, 'opt/a/file'), join(box.diff, 'opt/a/b/again'));
    symlinkSync('../file', join(box.diff, 'opt/a/b/link'));
    utimesSync(join(box.diff, 'opt/a'), 1_000_000, 1_000_000.5);
    mkdirSync(join(work, 'here'));
    cp('box:/opt/a', 'here');
    const expected = ['755 d b', '640 f b/again', '777 l b/link -> ../file', '640 f file'];
    expect(tree(join(work, 'here/a'))).toEqual(expected);
    expect(statSync(join(work, 'here/a/file')).ino).toBe(
      statSync(join(work, 'here/a/b/again')).ino,
    );
    expect(statSync(join(work, 'here/a')).mtimeMs).toBe(1_000_000_500);
    cp('box:/opt/a', 'renamed');
    expect(tree(join(work, 'renamed'))).toEqual(expected);
    cp('box:/opt/a/.', 'here');
    expect(tree(join(work, 'here'))).toContain('640 f file');
    cp('box:/opt/a/file', 'other');
    cp('box:opt/a/file', 'other');
    expect(readFileSync(join(work, 'other'), 'utf8')).toBe('one');
    expect(roots.node(['cp', 'box:/layer-1', '.'], { cwd: work }).status).toBe(0);
    expect(readFileSync(join(work, 'layer-1'), 'utf8')).toBe('1\n');
  });

  it('links: itself, or with -L what is behind it; never out of the root', () => {
    mkdirSync(join(box.diff, 'etc'));
    writeFileSync(join(box.diff, 'etc/real'), 'in the container');
    writeFileSync(join(work, 'secret'), 'of the host');
    symlinkSync('/etc/real', join(box.diff, 'abs'));
    symlinkSync(`../../../../..${work}/secret`, join(box.diff, 'up'));
    symlinkSync('/', join(box.diff, 'rootdir'));
    cp('box:/abs', 'l1');
    expect(readlinkSync(join(work, 'l1'))).toBe('/etc/real');
    cp('-L', 'box:/abs', 'l2');
    expect(readFileSync(join(work, 'l2'), 'utf8')).toBe('in the container');
    expect(refused(['-L', 'box:/up', 'l3'])).toContain(
      'Could not find the file /up in container box',
    );
    expect(refused([`box:/rootdir/..${work}/secret`, 'l3'])).toContain('Could not find the file');
    expect(existsSync(join(work, 'l3'))).toBe(false);
  });

  it('owners are the caller’s, with -a the container’s', () => {
    writeFileSync(join(box.diff, 'theirs'), '');
    chownSync(join(box.diff, 'theirs'), 1234, 5678);
    cp('box:/theirs', 'mine');
    expect(statSync(join(work, 'mine'))).toMatchObject({ uid: 0, gid: 0 });
    cp('-a', 'box:/theirs', 'kept');
    expect(statSync(join(work, 'kept'))).toMatchObject({ uid: 1234, gid: 5678 });
  });

  it('volumes of a container that does not run', () => {
    writeFileSync(join(work, 'volume/x'), 'vol');
    cp('box:/srv/x', 'x');
    expect(readFileSync(join(work, 'x'), 'utf8')).toBe('vol');
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(roots.dir);
  });

  it('- is a tar archive', () => {
    mkdirSync(join(box.diff, 'd'));
    writeFileSync(join(box.diff, 'd/f'), 'x'.repeat(1000));
    const names = (path: string) =>
      execFileSync('sh', [
        '-c',
        `"$0" --data-root "$1" container cp "$2" - | tar tf -`,
        ...[rundlet(), roots.dataRoot, path],
      ])
        .toString()
        .trim();
    expect(names('box:/d')).toBe('d/\nd/f');
    expect(names('box:/d/.')).toBe('./\n./f');
    expect(names('box:/d/f')).toBe('f');
  });

  it('docker’s texts', () => {
    mkdirSync(join(box.diff, 'd'));
    writeFileSync(join(work, 'file'), '');
    const no = (...args: string[]) => refused(args).trim();
    expect(no('box:/nosuch', '.')).toBe(
      'Error response from daemon: Could not find the file /nosuch in container box',
    );
    expect(no('nosuch:/x', '.')).toBe('Error response from daemon: No such container: nosuch');
    expect(no('box:/d', 'file')).toBe('cannot copy directory');
    expect(no('box:/d', 'no/dir')).toBe(
      `invalid output path: directory "${work}/no" does not exist`,
    );
    expect(no('box:/layer-1', 'new/')).toBe('no such directory');
    expect(no('box:/d', 'box:/e')).toBe('copying between containers is not supported');
    expect(no('a', 'b')).toBe('must specify at least one container source');
    expect(no('', 'box:/')).toBe('source can not be empty');
  });
});

describe('into a container', () => {
  it('a tree, over what is there', () => {
    mkdirSync(join(work, 'src/sub'), { recursive: true });
    writeFileSync(join(work, 'src/sub/f'), 'new', { mode: 0o600 });
    chownSync(join(work, 'src/sub/f'), 1234, 99);
    cp('src', 'box:/opt');
    expect(tree(join(box.diff, 'opt'))).toEqual(['755 d sub', '600 f sub/f']);
    expect(statSync(join(box.diff, 'opt/sub/f'))).toMatchObject({ uid: 1234, gid: 99 });
    writeFileSync(join(work, 'src/sub/f'), 'newer');
    cp('src/.', 'box:/opt');
    cp('src', 'box:/opt');
    expect(tree(join(box.diff, 'opt'))).toEqual([
      ...['755 d src', '755 d src/sub', '600 f src/sub/f'],
      ...['755 d sub', '600 f sub/f'],
    ]);
    expect(readFileSync(join(box.diff, 'opt/sub/f'), 'utf8')).toBe('newer');
    cp('src/sub/f', 'box:/etc/passwd');
    expect(readFileSync(join(box.diff, 'etc/passwd'), 'utf8')).toBe('newer');
    cp('src/sub/f', 'box:/srv/in-volume');
    expect(readFileSync(join(work, 'volume/in-volume'), 'utf8')).toBe('newer');
    expect(existsSync(join(box.diff, 'srv'))).toBe(false);
  });

  it('links of the container are inside of it', () => {
    writeFileSync(join(work, 'f'), 'x');
    mkdirSync(join(work, 'outside'));
    symlinkSync(join(work, 'outside'), join(box.diff, 'trap'));
    symlinkSync('../../../../../..', join(box.diff, 'up'));
    mkdirSync(join(box.diff, 'opt'));
    symlinkSync('/opt', join(box.diff, 'inside'));
    expect(refused(['f', 'box:/trap/f'])).toContain('Could not find the file');
    cp('f', 'box:/inside');
    expect(existsSync(join(box.diff, 'opt/f'))).toBe(true);
    cp('f', 'box:/up/landed');
    expect(existsSync(join(box.diff, 'landed'))).toBe(true);
    expect(tree(join(work, 'outside'))).toEqual([]);
  });

  it('a tar archive from standard input, plain and compressed, hostile too', () => {
    mkdirSync(join(box.diff, 'opt'));
    const make = (script: string) => execFileSync('sh', ['-c', script], { cwd: work });
    const tar = make('mkdir t; echo 1 > t/x; tar cf - t');
    const put = (input: Buffer, path: string) =>
      roots.rundlet(['container', 'cp', '-', `box:${path}`], { cwd: work, input });
    expect(put(tar, '/opt')).toMatchObject({ status: 0, stderr: '' });
    expect(put(make('tar czf - t'), '/opt')).toMatchObject({ status: 0, stderr: '' });
    expect(tree(join(box.diff, 'opt'))).toEqual(['755 d t', '644 f t/x']);
    expect(put(tar, '/nosuch').stderr).toBe('destination "box:/nosuch" must be a directory\n');
    expect(put(tar, '/layer-1').stderr).toBe('destination "box:/layer-1" must be a directory\n');
    const leading = make('tar cPf - --transform "s,t/x,../../../escaped," t/x');
    expect(put(leading, '/opt').stderr).toContain('leads out');
    const link = make(`ln -s ${work} l; tar cf - l; rm l`).subarray(0, 512);
    const through = make('mkdir l; echo 2 > l/through; tar cf - l/through');
    const outcome = put(Buffer.concat([link, through]), '/opt');
    expect(existsSync(join(work, 'through'))).toBe(false);
    expect(outcome.status === 0 || outcome.stderr !== '').toBe(true);
    expect(put(Buffer.from('no tar at all'.repeat(100)), '/opt').status).toBe(1);
  });

  it('docker’s texts', () => {
    mkdirSync(join(work, 'd'));
    writeFileSync(join(work, 'f'), '');
    writeFileSync(join(work, 'd/passwd'), '');
    const no = (...args: string[]) => refused(args).trim();
    expect(no('nope', 'box:/')).toBe(`lstat ${work}/nope: no such file or directory`);
    expect(no('f', 'nosuch:/x')).toBe('Error response from daemon: No such container: nosuch');
    expect(no('f', 'box:/no/such')).toBe(
      'Error response from daemon: Could not find the file /no in container box',
    );
    expect(no('f', 'box:/nodir/')).toBe('no such directory');
    expect(no('d', 'box:/etc/passwd')).toBe('cannot copy directory');
    expect(no('f', 'box:/tmp/x')).toBe('mounted volume is marked read-only');
    mkdirSync(join(box.diff, 'etc/passwd/x'), { recursive: true });
    expect(no('d/.', 'box:/etc')).toContain('cannot overwrite directory with non-directory');
  });
});

it('export: layers without what is mounted in them', () => {
  writeFileSync(join(work, 'volume/x'), 'vol');
  writeFileSync(join(box.diff, 'mine'), 'm');
  execFileSync('mknod', [join(box.diff, 'layer-1'), 'c', '0', '0']);
  roots.ok(['container', 'export', '-o', 'out.tar', 'box'], { cwd: work });
  const names = execFileSync('tar', ['tf', 'out.tar'], { cwd: work }).toString().split('\n');
  expect(names).toContain('.dockerenv');
  expect(names).toContain('bin/busybox');
  expect(names).toContain('mine');
  expect(names).toContain('srv/');
  expect(names).not.toContain('srv/x');
  expect(names).not.toContain('layer-1');
  expect(roots.node(['export', '-o', 'again.tar', 'box'], { cwd: work }).status).toBe(0);
  const bytes = (name: string) => readFileSync(join(work, name));
  expect(bytes('out.tar').equals(bytes('again.tar'))).toBe(true);
  expect(roots.rundlet(['export', 'nosuch']).stderr).toBe(
    'Error response from daemon: No such container: nosuch\n',
  );
});

it('a container that runs: what its process sees', async (ctx) => {
  requires(ctx, 'program unshare', 'cgroup v1');
  const rootfs = join(work, 'rootfs');
  mkdirSync(join(rootfs, 'etc'), { recursive: true });
  writeFileSync(join(rootfs, 'etc/hosts'), 'under');
  writeFileSync(join(work, 'hosts'), 'mounted');
  const hosts = join(rootfs, 'etc/hosts');
  const script = 'mount --bind "$1" "$2" && echo ready && exec sleep 600';
  const other = `a${'9'.repeat(63)}`;
  const group = `/sys/fs/cgroup/pids/rundlet-copy-${process.pid}-${other}`;
  mkdirSync(group);
  const child = spawn('unshare', ['-m', 'sh', '-c', script, 'sh', join(work, 'hosts'), hosts], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await eventually('it runs', () => child.stdout?.read()?.toString().includes('ready'));
    writeFileSync(join(group, 'cgroup.procs'), String(child.pid));
    await layContainer(roots, {
      id: other,
      name: 'up',
      image,
      state: { Running: true, Pid: child.pid ?? 0, StartedAt: new Date().toISOString() },
    });
    cp(`up:${rootfs}/etc/hosts`, 'seen');
    expect(readFileSync(join(work, 'seen'), 'utf8')).toBe('mounted');
    writeFileSync(join(work, 'new'), 'replaced');
    cp('new', `up:${rootfs}/etc/hosts`);
    expect(readFileSync(join(work, 'hosts'), 'utf8')).toBe('replaced');
    expect(readFileSync(join(rootfs, 'etc/hosts'), 'utf8')).toBe('under');
    expect(lstatSync(join(rootfs, 'etc/hosts')).isFile()).toBe(true);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await eventually(
      'the group is empty',
      () => readFileSync(join(group, 'cgroup.procs'), 'utf8') === '',
    );
    rmdirSync(group);
  }
});

function rundlet(): string {
  return join(import.meta.dirname, '../../dist/bin/rundlet');
}
