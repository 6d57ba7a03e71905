import type { Container, EndpointSettings } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';
import { isIpv4 } from './ip-address.ts';
import { macOf } from './ipv4.ts';
import { type Leases, leaseAddress, leaseAddress6 } from './leases.ts';
import type { Attachment } from './netavark.ts';
import type { Network } from './network.ts';
import { holdsAddress } from './subnet-holds.ts';

export interface AttachmentWish {
  network: Network;
  endpoint: EndpointSettings;
  device: string;
  /** Empty or undefined for the one that belongs to the address. */
  mac: string | undefined;
}

/** Takes addresses for a container in one network. Pure; throws Docker's texts. */
export function attachmentOf(
  held: Leases,
  { id }: Container,
  { network, endpoint, device, mac }: AttachmentWish,
): { leases: Leases; attachment: Attachment } {
  const { IPv4Address = '', IPv6Address = '' } = endpoint.IPAMConfig ?? {};
  checkWished(network, IPv4Address, IPv6Address);
  let { leases, address } = leaseAddress(held, id, network, IPv4Address);
  let address6: string | undefined;
  const { subnet6, gateway6 = '', range6 } = network;
  if (subnet6 !== undefined) {
    const pool = {
      subnet: subnet6,
      gateway: gateway6,
      ...(range6 !== undefined && { range: range6 }),
    };
    ({ leases, address: address6 } = leaseAddress6(leases, id, pool, IPv6Address));
  }
  const short = id.slice(0, 12);
  const aliases =
    network.name === 'bridge' ? [] : [...new Set([...(endpoint.Aliases ?? []), short])];
  return {
    leases,
    attachment: {
      network,
      device,
      address,
      ...(address6 !== undefined && { address6 }),
      mac: mac || macOf(address),
      aliases,
    },
  };
}

function checkWished(network: Network, address: string, address6: string): void {
  if (address === '' && address6 === '') return;
  if (network.name === 'bridge') {
    throw invalidParameter('user specified IP address is supported on user defined networks only');
  }
  const { subnet, subnet6, configured } = network;
  if (address !== '' && (!configured || !isIpv4(address))) {
    throw invalidParameter(
      'user specified IP address is supported only when connecting to networks with user configured subnets',
    );
  }
  const outside =
    (address !== '' && !holdsAddress(subnet, address) && address) ||
    (address6 !== '' && !holdsAddress(subnet6 ?? '', address6) && address6);
  if (outside) {
    throw invalidParameter(`no configured subnet or ip-range contain the IP address ${outside}`);
  }
}
