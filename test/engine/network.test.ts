// The bridge network with a real netavark, in a network namespace of the test's own.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { type EngineRoots, makeEngineRoots } from './support/engine-roots.ts';

const netavark = '/usr/lib/podman/netavark';
const program = join(import.meta.dirname, '../../dist/bin/rundlet');
let roots: EngineRoots;
let holder: ChildProcess;

/** Runs in the namespace. */
function inside(command: string, ...args: string[]) {
  return spawnSync('nsenter', [`--net=/proc/${holder.pid}/ns/net`, command, ...args], {
    encoding: 'utf8',
    timeout: 30_000,
  });
}
function container(...args: string[]) {
  const all = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot, 'container', ...args];
  return inside(program, ...all);
}
function ok(...args: string[]): string {
  const { status, stdout, stderr } = container(...args);
  if (status !== 0) throw new Error(`${args.join(' ')}: exit ${status}\n${stderr}`);
  return stdout.trim();
}
const inspect = (name: string) => JSON.parse(ok('inspect', name))[0];
/** What the host gets of a server. */
const page = (address: string, port: number) =>
  inside(
    'bash',
    '-c',
    `exec 3<>/dev/tcp/${address}/${port}; printf 'GET /page HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`,
  ).stdout;
const leases = () =>
  JSON.parse(readFileSync(join(roots.execRoot, 'rundlet/network/leases.json'), 'utf8'));

beforeAll(async () => {
  if (process.getuid?.() !== 0 || !existsSync(netavark)) return;
  roots = makeEngineRoots();
  roots.image();
  holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; echo up; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => holder.stdout?.once('data', resolve));
});
afterAll(() => {
  holder?.kill('SIGKILL');
  roots?.remove();
});
beforeEach((ctx) => requires(ctx as never, 'root', `file ${netavark}`, 'program iptables'));

describe('the bridge', () => {
  it('gives addresses and ports, tells them, and takes them back', () => {
    const serve = 'echo served > /page; exec httpd -f -h / -p 80';
    const server = ['busybox', 'sh', '-c', serve];
    const id = ok('run', '-d', '--name', 'web', '-p', '8080:80', ...server);
    ok('run', '-d', '--name', 'other', 'busybox', 'sleep', '1000');
    const { NetworkSettings, HostsPath, ResolvConfPath } = inspect('web');
    const { bridge } = NetworkSettings.Networks;
    expect(bridge).toMatchObject({
      Gateway: '172.17.0.1',
      IPAddress: '172.17.0.2',
      IPPrefixLen: 16,
      MacAddress: '02:42:ac:11:00:02',
    });
    expect(NetworkSettings.Ports).toEqual({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] });
    expect(NetworkSettings.SandboxKey).toBe(
      join(roots.execRoot, 'netns', NetworkSettings.SandboxID.slice(0, 12)),
    );
    expect(readFileSync(HostsPath, 'utf8')).toMatch(
      new RegExp(`^127.0.0.1\tlocalhost\n(.*\n){5}172.17.0.2\t${id.slice(0, 12)}\n$`),
    );
    expect(readFileSync(ResolvConfPath, 'utf8')).not.toMatch(/nameserver 127/);
    expect(inspect('other').NetworkSettings.Networks.bridge.IPAddress).toBe('172.17.0.3');
    expect(ok('port', 'web')).toBe('80/tcp -> 0.0.0.0:8080');

    expect(ok('exec', 'other', 'wget', '-qO-', '172.17.0.2/page')).toBe('served');
    expect(page('172.17.0.1', 8080)).toContain('served');
    expect(container('run', '--rm', '-p', '8080:80', 'busybox', 'true')).toMatchObject({
      status: 125,
      stderr: expect.stringContaining('Bind for 0.0.0.0:8080 failed: port is already allocated'),
    });
    ok('run', '-d', '--name', 'guest', '--network', 'container:web', 'busybox', 'sleep', '1000');
    expect(ok('exec', 'guest', 'wget', '-qO-', '127.0.0.1/page')).toBe('served');
    expect(ok('exec', 'guest', 'cat', '/etc/hosts')).toContain('172.17.0.2');

    ok('stop', '-t', '0', 'guest', 'web', 'other');
    expect(leases()).toEqual({ addresses: {}, ports: {} });
    expect(readdirSync(join(roots.execRoot, 'netns'))).toEqual([]);
    expect(inspect('web').NetworkSettings.Networks.bridge).toMatchObject({
      IPAddress: '',
      MacAddress: '',
      NetworkID: bridge.NetworkID,
    });
    expect(inside('iptables-save', '-t', 'nat').stdout).not.toContain('8080');
    ok('start', 'web');
    expect(inspect('web').NetworkSettings.Networks.bridge.IPAddress).toBe('172.17.0.2');
    ok('rm', '-f', 'guest', 'web', 'other');
    expect(leases()).toEqual({ addresses: {}, ports: {} });
  });

  it('--network host is the host’s, none is loopback alone', () => {
    const of = (mode: string, ...command: string[]) =>
      ok('run', '--rm', '--network', mode, 'busybox', ...command);
    expect(of('none', 'ls', '/sys/class/net')).toBe('lo');
    const own = inside('readlink', '/proc/self/ns/net').stdout.trim();
    expect(of('host', 'readlink', '/proc/self/ns/net')).toBe(own);
  });

  it('takes back what a killed container had', () => {
    const id = ok('run', '-d', '--name', 'hit', 'busybox', 'sleep', '1000');
    const { pid } = JSON.parse(
      readFileSync(join(roots.execRoot, 'rundlet', id, 'shim.pid'), 'utf8'),
    );
    process.kill(pid, 'SIGKILL');
    execFileSync('sh', ['-c', `while [ -d /proc/${pid} ]; do :; done`]);
    ok('rm', '-f', 'hit');
    expect(leases()).toEqual({ addresses: {}, ports: {} });
    expect(readdirSync(join(roots.execRoot, 'netns'))).toEqual([]);
  });
});
