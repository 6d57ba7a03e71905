// Networks that users make, with a real netavark and aardvark-dns, in a network namespace of the test's own.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { requires } from '../support/index.ts';
import { aardvark, makeOwnNet, netavark, type OwnNet } from './support/own-net.ts';

let net: OwnNet | undefined;
const ok = (...args: string[]) => (net as OwnNet).ok(...args);
const rundlet = (...args: string[]) => (net as OwnNet).rundlet(...args);
const inspect = (name: string) => JSON.parse(ok('container', 'inspect', name))[0];
const networks = (name: string) => inspect(name).NetworkSettings.Networks;
/** A container that runs; its id. */
const run = (name: string, ...flags: string[]) =>
  ok('container', 'run', '-d', '--name', name, ...flags, 'busybox', 'sleep', '1000');
const denied = (...args: string[]) => {
  const { status, stderr } = rundlet(...args);
  expect(status).toBe(1);
  return stderr.trim();
};

beforeAll(async () => {
  if (process.getuid?.() === 0 && existsSync(netavark)) net = await makeOwnNet();
});
afterAll(() => net?.remove());
beforeEach((ctx) => requires(ctx as never, 'root', `file ${netavark}`, 'program iptables'));

describe('network', { timeout: 120_000 }, () => {
  it('create, ls, inspect, rm and prune as docker’s', () => {
    const id = ok('network', 'create', '--label', 'a=b', 'net');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    const other = ok(
      'network',
      'create',
      '--subnet',
      '10.77.5.0/24',
      '--gateway',
      '10.77.5.254',
      'far',
    );
    expect(denied('network', 'create', 'net')).toBe(
      'Error response from daemon: network with name net already exists',
    );
    expect(denied('network', 'create', 'bridge')).toContain('predefined bridge network');
    expect(denied('network', 'create', '--subnet', '10.77.0.0/16', 'near')).toContain(
      'Pool overlaps with other one on this address space',
    );
    expect(denied('network', 'create', '-d', 'macvlan', 'near')).toContain('"macvlan" not found');
    const table = ok('network', 'ls').split('\n');
    expect(table[0]).toMatch(/^NETWORK ID {5}NAME {6}DRIVER {4}SCOPE$/);
    expect(table.slice(1).map((line) => line.split(/\s+/).slice(1, 4).join(' '))).toEqual([
      'bridge bridge local',
      'far bridge local',
      'host host local',
      'net bridge local',
      'none null local',
    ]);
    expect(ok('network', 'ls', '-q', '--no-trunc', '-f', 'type=custom').split('\n')).toEqual([
      other,
      id,
    ]);
    const [bridge, far] = JSON.parse(ok('network', 'inspect', 'bridge', 'far'));
    expect(bridge.IPAM.Config).toEqual([{ Subnet: '172.17.0.0/16', Gateway: '172.17.0.1' }]);
    expect(far).toMatchObject({
      Name: 'far',
      Id: other,
      Scope: 'local',
      Driver: 'bridge',
      IPAM: { Config: [{ Subnet: '10.77.5.0/24', Gateway: '10.77.5.254' }] },
      Containers: {},
    });
    const shown = ok(
      'network',
      'inspect',
      '-f',
      '{{json .IPAM.Config}} {{.Labels}}',
      id.slice(0, 9),
    );
    expect(shown).toBe('[{"Subnet":"172.18.0.0/16","Gateway":"172.18.0.1"}] map[a:b]');
    expect(denied('network', 'inspect', 'nosuch')).toBe('Error: No such network: nosuch');
    expect(denied('network', 'rm', 'nosuch')).toBe('Error: No such network: nosuch');
    expect(denied('network', 'rm', 'host')).toContain(
      'host is a pre-defined network and cannot be removed',
    );
    expect(ok('network', 'rm', 'far')).toBe('far');
    expect(ok('network', 'prune', '-f')).toBe('Deleted Networks:\nnet\n');
    expect(ok('network', 'prune', '-f')).toBe('');
  });

  it('gives addresses, names and a way to each other, and takes them back', (ctx) => {
    requires(ctx, `file ${aardvark}`);
    const wished = ['--ipv6', '--subnet', '10.77.0.0/24', '--subnet', 'fd77::/64'];
    const id = ok('network', 'create', ...wished, '--ip-range', '10.77.0.128/25', 'net');
    const web = run('web', '--network', 'net', '--ip', '10.77.0.9', '--network-alias', 'page');
    const short = web.slice(0, 12);
    expect(networks('web').net).toMatchObject({
      IPAMConfig: { IPv4Address: '10.77.0.9' },
      Aliases: ['page', short],
      NetworkID: id,
      Gateway: '10.77.0.1',
      IPAddress: '10.77.0.9',
      IPPrefixLen: 24,
      IPv6Gateway: 'fd77::1',
      GlobalIPv6Address: 'fd77::2',
      GlobalIPv6PrefixLen: 64,
      MacAddress: '02:42:0a:4d:00:09',
    });
    const db = run('db', '--network', 'net');
    expect(networks('db').net.IPAddress).toBe('10.77.0.128');
    expect(readFileSync(inspect('db').HostsPath, 'utf8')).toMatch(
      new RegExp(`\n10.77.0.128\t${db.slice(0, 12)}\nfd77::3\t${db.slice(0, 12)}\n$`),
    );
    expect(readFileSync(inspect('db').ResolvConfPath, 'utf8')).toBe(
      'nameserver 10.77.0.1\noptions ndots:0\n',
    );
    // What aardvark-dns reads; Debian's may fall silent after the signal that tells it so.
    const names = () =>
      readFileSync(
        join((net as OwnNet).roots.execRoot, 'rundlet/network/aardvark-dns/net'),
        'utf8',
      );
    expect(names()).toContain(`${web} 10.77.0.9 fd77::2 web,page,${short}\n`);
    expect(names()).toContain(`${db} 10.77.0.128 fd77::3 db,${db.slice(0, 12)}\n`);
    expect(ok('container', 'exec', 'db', 'ping', '-c1', '10.77.0.9')).toContain(
      '1 packets received',
    );
    expect(denied('network', 'rm', 'net')).toBe(
      `Error response from daemon: error while removing network: network net id ${id} has active endpoints`,
    );
    expect(Object.keys(JSON.parse(ok('network', 'inspect', 'net'))[0].Containers).sort()).toEqual(
      [web, db].sort(),
    );
    ok('container', 'rm', '-f', 'web', 'db');
    expect(net?.leases()).toEqual({ addresses: {}, ports: {} });
    expect(net?.pinned()).toEqual([]);
    expect(net?.inside('ip', '-o', 'link').stdout).not.toContain('br-');
    ok('network', 'rm', 'net');
  });

  it('connects and disconnects a container that runs, and one that does not', () => {
    ok('network', 'create', '--subnet', '10.78.0.0/24', 'net');
    const id = run('box');
    run('far', '--network', 'net');
    const ping = () =>
      rundlet('container', 'exec', 'box', 'ping', '-c1', '-W1', networks('far').net.IPAddress)
        .status;
    expect(ping()).not.toBe(0);
    ok('network', 'connect', '--ip', '10.78.0.40', '--alias', 'other', 'net', 'box');
    expect(networks('box')).toMatchObject({
      bridge: { IPAddress: '172.17.0.2' },
      net: { IPAddress: '10.78.0.40', Aliases: ['other', id.slice(0, 12)] },
    });
    expect(ok('container', 'exec', 'box', 'ls', '/sys/class/net').split(/\s+/)).toEqual([
      'eth0',
      'eth1',
      'lo',
    ]);
    expect(ping()).toBe(0);
    expect(denied('network', 'connect', 'net', 'box')).toBe(
      'Error response from daemon: endpoint with name box already exists in network net',
    );
    ok('network', 'disconnect', 'net', 'box');
    expect(Object.keys(networks('box'))).toEqual(['bridge']);
    expect(ping()).not.toBe(0);
    expect(denied('network', 'disconnect', 'net', 'box')).toContain(
      'is not connected to network net',
    );
    ok('container', 'stop', '-t', '0', 'box');
    ok('network', 'connect', 'net', 'box');
    ok('container', 'start', 'box');
    expect(ping()).toBe(0);
    ok('container', 'rm', '-f', 'box', 'far');
    expect(net?.leases()).toEqual({ addresses: {}, ports: {} });
    ok('network', 'rm', 'net');
  });

  it('refuses what cannot be: a taken address, one of its own choice, a network that is gone', () => {
    ok('network', 'create', '--subnet', '10.79.0.0/24', 'net');
    ok('network', 'create', 'any');
    const refusal = (...flags: string[]) => {
      const { status, stderr } = rundlet('container', 'run', '--rm', ...flags, 'busybox', 'true');
      expect(status).toBe(125);
      return stderr;
    };
    run('box', '--network', 'net', '--ip', '10.79.0.7');
    expect(refusal('--network', 'net', '--ip', '10.79.0.7')).toContain('Address already in use');
    expect(refusal('--network', 'net', '--ip', '10.80.0.7')).toContain(
      'no configured subnet or ip-range contain the IP address 10.80.0.7',
    );
    expect(refusal('--network', 'any', '--ip', '172.18.0.7')).toContain(
      'only when connecting to networks with user configured subnets',
    );
    expect(refusal('--network', 'nosuch')).toContain('network nosuch not found');
    const { NetworkID } = networks('box').net;
    ok('container', 'stop', '-t', '0', 'box');
    ok('network', 'rm', 'net');
    ok('network', 'create', '--subnet', '10.79.0.0/24', 'net');
    expect(denied('container', 'start', 'box')).toContain(`network ${NetworkID} not found`);
    ok('container', 'rm', 'box');
    ok('network', 'rm', 'net', 'any');
  });

  it('an internal one has no way out, and two do not reach each other', () => {
    ok('network', 'create', '--internal', '--subnet', '10.80.0.0/24', 'inner');
    ok('network', 'create', '--subnet', '10.81.0.0/24', 'outer');
    run('shut', '--network', 'inner');
    run('open', '--network', 'outer');
    const routes = (name: string) => ok('container', 'exec', name, 'ip', 'route');
    expect(routes('shut')).not.toContain('default');
    expect(routes('open')).toContain('default via 10.81.0.1');
    const ping = rundlet(
      'container',
      'exec',
      'open',
      'ping',
      '-c1',
      '-W1',
      networks('shut').inner.IPAddress,
    );
    expect(ping.status).not.toBe(0);
    ok('container', 'rm', '-f', 'shut', 'open');
    ok('network', 'rm', 'inner', 'outer');
  });
});
