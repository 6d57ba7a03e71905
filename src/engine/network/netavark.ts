import type { PublishedPort } from './ports.ts';

/** The bridge network of the engine: `<own>/bridge.json`. */
export interface BridgeNetwork {
  /** 64 hex digits. */
  id: string;
  name: 'bridge';
  /** Name of the host's bridge device. */
  device: string;
  subnet: string;
  gateway: string;
  /** RFC 3339 with nanoseconds. */
  created: string;
}

/** What one container has in a network. */
export interface Endpoint {
  address: string;
  mac: string;
  ports: PublishedPort[];
}

/** netavark's input (stdin of `setup` and `teardown`), see its src/network/types.rs. */
export function netavarkInput(
  container: { id: string; name: string },
  network: BridgeNetwork,
  endpoint: Endpoint,
): object {
  return {
    container_id: container.id,
    container_name: container.name,
    networks: {
      [network.name]: {
        interface_name: 'eth0',
        static_ips: [endpoint.address],
        static_mac: endpoint.mac,
      },
    },
    network_info: {
      [network.name]: {
        name: network.name,
        id: network.id,
        driver: 'bridge',
        network_interface: network.device,
        subnets: [{ subnet: network.subnet, gateway: network.gateway }],
        ipv6_enabled: false,
        internal: false,
        dns_enabled: false,
        ipam_options: { driver: 'host-local' },
      },
    },
    port_mappings: endpoint.ports.map((port) => ({
      host_ip: port.hostIp === '0.0.0.0' ? '' : port.hostIp,
      container_port: port.containerPort,
      host_port: port.hostPort,
      range: 1,
      protocol: port.protocol,
    })),
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
