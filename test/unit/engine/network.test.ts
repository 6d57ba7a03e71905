import { expect, test } from 'vitest';
import { chooseSubnet } from '../../../src/engine/network/choose-subnet.ts';
import {
  formatIpv4,
  macOf,
  overlaps,
  parseIpv4,
  parseSubnet,
} from '../../../src/engine/network/ipv4.ts';
import {
  giveBack,
  leaseAddress,
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
  const endpoint = {
    address: '172.17.0.2',
    mac: '02:42:ac:11:00:02',
    ports: [{ containerPort: 80, protocol: 'tcp', hostPort: 8080, hostIp: '0.0.0.0' }],
  };
  expect(netavarkInput({ id: 'c', name: 'n' }, network, endpoint)).toMatchObject({
    container_id: 'c',
    networks: { bridge: { interface_name: 'eth0', static_ips: ['172.17.0.2'] } },
    network_info: { bridge: { subnets: [bridge], network_interface: 'rundlet0' } },
    port_mappings: [{ host_ip: '', container_port: 80, host_port: 8080, protocol: 'tcp' }],
  });
  expect(netavarkError('{"error":"no bridge"}', '')).toBe('no bridge');
  expect(netavarkError('', 'cannot start\n')).toBe('cannot start');
});
