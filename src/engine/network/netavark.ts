import type { Network } from './network.ts';
import type { PublishedPort } from './ports.ts';

/** What one container has in one network. */
export interface Attachment {
  network: Network;
  /** `eth0`, … in the container. */
  device: string;
  address: string;
  address6?: string;
  mac: string;
  /** Names beside the container's own that lead to it in this network. */
  aliases: readonly string[];
}

export interface NetavarkRequest {
  container: { id: string; name: string };
  attachments: readonly Attachment[];
  ports: readonly PublishedPort[];
  /** Whether names are to be resolved by aardvark-dns: in networks that users made. */
  dns: boolean;
}

/** netavark's input (stdin of `setup` and `teardown`), see its src/network/types.rs. Pure. */
export function netavarkInput({ container, attachments, ports, dns }: NetavarkRequest): object {
  const byName = (value: (one: Attachment) => object) =>
    Object.fromEntries(attachments.map((one) => [one.network.name, value(one)]));
  return {
    container_id: container.id,
    container_name: container.name,
    networks: byName(({ device, address, address6, mac, aliases }) => ({
      interface_name: device,
      static_ips: [address, ...(address6 === undefined ? [] : [address6])],
      static_mac: mac,
      ...(aliases.length > 0 && { aliases }),
    })),
    network_info: byName(({ network }) => networkInfo(network, dns)),
    port_mappings: ports.map((port) => ({
      host_ip: port.hostIp === '0.0.0.0' ? '' : port.hostIp,
      container_port: port.containerPort,
      host_port: port.hostPort,
      range: 1,
      protocol: port.protocol,
    })),
  };
}

function networkInfo(network: Network, dns: boolean): object {
  const { name, id, device, subnet, gateway, subnet6, gateway6, internal = false } = network;
  return {
    name,
    id,
    driver: 'bridge',
    network_interface: device,
    subnets: [
      { subnet, gateway },
      ...(subnet6 === undefined ? [] : [{ subnet: subnet6, gateway: gateway6 }]),
    ],
    ipv6_enabled: subnet6 !== undefined,
    internal,
    dns_enabled: dns && name !== 'bridge',
    // One network's containers do not reach another's.
    options: { isolate: 'true' },
    ipam_options: { driver: 'host-local' },
  };
}

/** The message in netavark's answer to a failure, `{"error": "…"}`, or the answer itself. */
export function netavarkError(stdout: string, stderr: string): string {
  try {
    const { error } = JSON.parse(stdout) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Not its JSON: what it printed says more.
  }
  return (stderr || stdout).trim() || 'netavark failed';
}
