import { expect, test } from 'vitest';
import { chooseSubnet } from '../../../src/engine/network/choose-subnet.ts';
import { peers, withPeers } from '../../../src/engine/network/hosts-of-peers.ts';
import {
  formatIpv4,
  macOf,
  overlaps,
  parseIpv4,
  parseSubnet,
} from '../../../src/engine/network/ipv4.ts';
import { formatIpv6, parseIpv6, parseSubnet6 } from '../../../src/engine/network/ipv6.ts';
import {
  giveBack,
  leaseAddress,
  leaseAddress6,
  leasePorts,
  noLeases,
} from '../../../src/engine/network/leases.ts';
import { netavarkError, netavarkInput } from '../../../src/engine/network/netavark.ts';
import {
  listeningPorts,
  portColumn,
  portLines,
  portSettings,
  publishedPorts,
} from '../../../src/engine/network/ports.ts';
import { holdsAddress } from '../../../src/engine/network/subnet-holds.ts';

const bridge = { subnet: '172.17.0.0/16', gateway: '172.17.0.1' };

test('addresses', () => {
  expect(formatIpv4(parseIpv4('192.168.3.254') ?? 0)).toBe('192.168.3.254');
  expect(parseIpv4('1.2.3')).toBe(undefined);
  expect(parseIpv4('1.2.3.256')).toBe(undefined);
  expect(parseSubnet('10.1.2.3/8')).toEqual({ base: 10 * 2 ** 24, prefix: 8 });
  expect(macOf('172.17.0.2')).toBe('02:42:ac:11:00:02');
  const [all, part, other] = ['172.17.0.0/16', '172.17.4.0/24', '172.18.0.0/16'].map(
    (text) => parseSubnet(text) ?? { base: 0, prefix: 0 },
  );
  if (!all || !part || !other) throw new Error('subnets');
  expect([overlaps(all, part), overlaps(part, all), overlaps(all, other)]).toEqual([
    true,
    true,
    false,
  ]);
});

test('the first pool without a route of the host', () => {
  const head = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  expect(chooseSubnet(head)).toBe('172.17.0.0/16');
  const docker = 'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n';
  const office = 'eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0\n';
  const way = 'eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n';
  expect(chooseSubnet(head + way + docker)).toBe('172.18.0.0/16');
  const most = 'eth0\t000010AC\t00000000\t0001\t0\t0\t0\t0000F0FF\t0\t0\t0\n';
  expect(chooseSubnet(head + most)).toBe('192.168.0.0/20');
  expect(chooseSubnet(head + most + office)).toBe('192.168.16.0/20');
});

test('addresses are leased lowest first, and come back', () => {
  const one = leaseAddress(noLeases, 'a', bridge);
  const two = leaseAddress(one.leases, 'b', bridge);
  expect([one.address, two.address]).toEqual(['172.17.0.2', '172.17.0.3']);
  expect(leaseAddress(giveBack(two.leases, 'a'), 'c', bridge).address).toBe('172.17.0.2');
  expect(() => leaseAddress(two.leases, 'c', bridge, '172.17.0.3')).toThrow('already in use');
  expect(() => leaseAddress(two.leases, 'c', bridge, '172.17.0.1')).toThrow('already in use');
});

test('addresses of IPv6', () => {
  const texts = ['::', '::1', 'fd00::', 'fd00::1:0:0:1', '2001:db8:0:1:1:1:1:1', '1::'];
  for (const text of texts) expect(formatIpv6(parseIpv6(text) ?? -1n)).toBe(text);
  expect(formatIpv6(parseIpv6('FD00:0:0:1::10.0.0.1') ?? -1n)).toBe('fd00::1:0:0:a00:1');
  expect(parseIpv6('fd00')).toBe(undefined);
  expect(parseSubnet6('fd00::5/64')).toEqual({ base: 0xfd00n << 112n, prefix: 64 });
  const pool = { subnet: 'fd00::/64', gateway: 'fd00::1' };
  const one = leaseAddress6(noLeases, 'a', pool);
  expect(one.address).toBe('fd00::2');
  expect(() => leaseAddress6(one.leases, 'b', pool, 'fd00:0::2')).toThrow('already in use');
  expect(holdsAddress('fd00::/64', 'fd00::ffff')).toBe(true);
  expect(holdsAddress('fd00::/64', 'fd00:1::')).toBe(false);
  expect(holdsAddress('10.0.0.0/8', '10.255.255.255')).toBe(true);
  expect(holdsAddress('10.0.0.0/8', '11.0.0.0')).toBe(false);
});

test('names of peers are the last part of a hosts file, once', () => {
  const network = { id: 'f'.repeat(64), name: 'net', device: 'br', created: '', ...bridge };
  const record = (name: string, address: string, id = network.id) => ({
    name,
    attachments: [
      { network: { ...network, id }, device: 'eth0', address, mac: '', aliases: [`${name}1`] },
    ],
    ports: [],
    netns: '',
  });
  const web = record('web', '172.17.0.2');
  const records = new Map([
    ['a', web],
    ['b', record('db', '172.17.0.3')],
    ['c', record('far', '10.0.0.1', 'e'.repeat(64))],
  ]);
  const found = peers(web, records);
  expect(found).toEqual([
    { address: '172.17.0.2', names: 'web web1' },
    { address: '172.17.0.3', names: 'db db1' },
  ]);
  const text = withPeers('127.0.0.1\tlocalhost\n', found);
  expect(text).toMatch(/^127.0.0.1\tlocalhost\n#.*\n172.17.0.2\tweb web1\n172.17.0.3\tdb db1\n$/);
  expect(withPeers(text, found)).toBe(text);
  expect(withPeers(text, [])).toBe('127.0.0.1\tlocalhost\n');
});

test('a full network says so', () => {
  const small = { subnet: '10.0.0.0/30', gateway: '10.0.0.1' };
  const { leases } = leaseAddress(noLeases, 'a', small);
  expect(() => leaseAddress(leases, 'b', small)).toThrow('no available IPv4 addresses');
});

test('ports are leased; a taken one has Docker’s words', () => {
  const wanted = publishedPorts({ '80/tcp': [{ HostIp: '', HostPort: '8080' }] }, ['53/udp'], true);
  const idle = () => false;
  const { leases, ports } = leasePorts(noLeases, 'a', wanted, idle);
  expect(ports.map(({ hostPort }) => hostPort)).toEqual([8080, 32_768]);
  const again = () => leasePorts(leases, 'b', ports, idle);
  expect(again).toThrow('Bind for 0.0.0.0:8080 failed: port is already allocated');
  const one = [{ containerPort: 1, protocol: 'tcp', hostPort: 8080, hostIp: '127.0.0.1' }];
  expect(() => leasePorts(leases, 'b', one, idle)).toThrow('127.0.0.1:8080');
  expect(() => leasePorts(noLeases, 'b', one, () => true)).toThrow('already allocated');
  const two = [
    { ...one[0], hostIp: '127.0.0.2', containerPort: 1, protocol: 'tcp', hostPort: 8080 },
  ];
  const held = leasePorts(noLeases, 'a', one, idle).leases;
  expect(leasePorts(held, 'b', two, idle).ports).toEqual(two);
  expect(leasePorts(giveBack(leases, 'a'), 'b', ports, idle).ports).toEqual(ports);
});

test('what listens on the host, from /proc/net', () => {
  const table = `  sl  local_address rem_address   st tx_queue
   0: 00000000:0016 00000000:0000 0A 00000000:00000000
   1: 0100007F:1F90 0100007F:9999 01 00000000:00000000\n`;
  expect([...listeningPorts([table], 'tcp')]).toEqual([22]);
  expect([...listeningPorts([table], 'udp')]).toEqual([22, 8080]);
});

test('ports as Docker shows them', () => {
  const port = { containerPort: 80, protocol: 'tcp', hostPort: 8080, hostIp: '' };
  const map = portSettings([port], ['80/tcp', '443/tcp']);
  expect(map).toEqual({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '443/tcp': null });
  expect(portLines(map)).toEqual(['80/tcp -> 0.0.0.0:8080']);
  expect(portColumn(map)).toBe('443/tcp, 0.0.0.0:8080->80/tcp');
});

test('netavark’s input and its errors', () => {
  const network = {
    id: 'f'.repeat(64),
    name: 'bridge',
    device: 'rundlet0',
    ...bridge,
    created: '',
  } as const;
  const container = { id: 'c', name: 'n' };
  const one = { network, device: 'eth0', address: '172.17.0.2', mac: '02:42:ac:11:00:02' };
  const ports = [{ containerPort: 80, protocol: 'tcp', hostPort: 8080, hostIp: '0.0.0.0' }];
  const user = {
    ...network,
    name: 'net',
    device: 'br-1',
    subnet: '10.1.0.0/24',
    gateway: '10.1.0.1',
    subnet6: 'fd01::/64',
    gateway6: 'fd01::1',
    internal: true,
  };
  const two = { ...one, network: user, device: 'eth1', address: '10.1.0.2', address6: 'fd01::2' };
  const attachments = [
    { ...one, aliases: [] },
    { ...two, aliases: ['db'] },
  ];
  const input = netavarkInput({ container, attachments, ports, dns: true });
  expect(input).toMatchObject({
    container_id: 'c',
    networks: {
      bridge: { interface_name: 'eth0', static_ips: ['172.17.0.2'] },
      net: { interface_name: 'eth1', static_ips: ['10.1.0.2', 'fd01::2'], aliases: ['db'] },
    },
    network_info: {
      bridge: { subnets: [bridge], network_interface: 'rundlet0', dns_enabled: false },
      net: {
        subnets: [
          { subnet: '10.1.0.0/24', gateway: '10.1.0.1' },
          { subnet: 'fd01::/64', gateway: 'fd01::1' },
        ],
        internal: true,
        ipv6_enabled: true,
        dns_enabled: true,
      },
    },
    port_mappings: [{ host_ip: '', container_port: 80, host_port: 8080, protocol: 'tcp' }],
  });
  expect(netavarkError('{"error":"no bridge"}', '')).toBe('no bridge');
  expect(netavarkError('', 'cannot start\n')).toBe('cannot start');
});
