import { type EndpointSettings, emptyEndpoint } from '../containers/record.ts';
import { writeContainer } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import { goMap } from '../docker-json.ts';
import { conflict, invalidParameter } from '../engine-error.ts';
import { recordEvent } from '../events/record-event.ts';
import { forgetBegun, setBegun } from '../life/begun-mark.ts';
import { withSettled } from '../life/with-settled.ts';
import { attachmentOf } from './attachment.ts';
import { connectedEndpoint } from './connect-network.ts';
import { findNetwork } from './find-network.ts';
import { tellPeers } from './hosts-of-peers.ts';
import { type EndpointRecord, findEndpoint, withLeases, writeEndpoint } from './lease-store.ts';
import { giveBackAddresses } from './leases.ts';
import type { Attachment } from './netavark.ts';
import { isPredefined, type Network } from './network.ts';
import { networkHappening } from './network-event.ts';
import { findNetavark, runNetavark } from './network-programs.ts';

/** `network connect`: at once when the container runs, else with its next start. Throws Docker's texts. */
export async function joinNetwork(
  engine: Engine,
  nameOrId: string,
  id: string,
  wish: Pick<EndpointSettings, 'IPAMConfig' | 'Links' | 'Aliases' | 'DriverOpts'>,
): Promise<void> {
  await withSettled(engine, id, async (container) => {
    const { config, hostConfig } = container;
    if (['host', 'none'].includes(nameOrId)) {
      throw invalidParameter(
        `container cannot be ${nameOrId === 'host' ? 'connected to host network' : 'connected to multiple networks with one of the networks in private (none) mode'}`,
      );
    }
    const network = await findNetwork(engine, nameOrId);
    if (/^(host$|container:)/.test(hostConfig.NetworkMode)) {
      throw invalidParameter(
        'container sharing network namespace with another container or host cannot be connected to any other network',
      );
    }
    const networks = Object.entries(config.NetworkSettings.Networks ?? {});
    if (networks.some(([name]) => name === 'none')) {
      throw invalidParameter(
        'container cannot be connected to multiple networks with one of the networks in private (none) mode',
      );
    }
    if (networks.some(([name]) => name === network.name)) {
      throw conflict(
        `endpoint with name ${config.Name.slice(1)} already exists in network ${network.name}`,
      );
    }
    let endpoint: EndpointSettings = { ...emptyEndpoint(), ...wish };
    const record = config.State.Running ? await findEndpoint(engine, id) : undefined;
    if (record) {
      await setBegun(engine, id);
      const attachment = await reserveOne(engine, container, { record, network, endpoint });
      const program = await findNetavark(engine);
      try {
        const one = { ...record, attachments: [attachment], ports: [] };
        if (program) await runNetavark(engine, id, one, 'setup', program);
      } catch (error) {
        await forgetOne(engine, id, record, attachment);
        await forgetBegun(engine, id);
        throw error;
      }
      endpoint = await connectedEndpoint(engine, container, attachment, endpoint);
    }
    config.NetworkSettings.Networks = goMap([...networks, [network.name, endpoint]]);
    await writeContainer(engine, container);
    if (!record) return;
    await forgetBegun(engine, id);
    const now = await findEndpoint(engine, id);
    await tellPeers(engine, now?.attachments ?? [], id);
    await recordEvent(engine, networkHappening(network, 'connect', id));
  });
}

/** `network disconnect`. @param force also from a network that is not there any more. */
export async function leaveNetwork(
  engine: Engine,
  nameOrId: string,
  id: string,
  { force = false } = {},
): Promise<void> {
  await withSettled(engine, id, async (container) => {
    const { config } = container;
    const networks = config.NetworkSettings.Networks ?? {};
    let name = nameOrId;
    let network: Network | undefined;
    if (!isPredefined(nameOrId) || nameOrId === 'bridge') {
      try {
        network = await findNetwork(engine, nameOrId);
        name = network.name;
      } catch (error) {
        if (!force) throw error;
      }
    }
    if (nameOrId === 'host') {
      throw invalidParameter('container cannot be disconnected from host network');
    }
    if (!Object.hasOwn(networks, name)) {
      throw invalidParameter(`container ${id} is not connected to network ${name}`);
    }
    const record = await findEndpoint(engine, id);
    const attachment = record?.attachments.find((one) => one.network.name === name);
    if (record && attachment) {
      await setBegun(engine, id);
      const program = await findNetavark(engine);
      const one = { ...record, attachments: [attachment], ports: [] };
      if (program) await runNetavark(engine, id, one, 'teardown', program);
      await forgetOne(engine, id, record, attachment);
    }
    const left = Object.entries(networks).filter(([other]) => other !== name);
    config.NetworkSettings.Networks = goMap(left);
    await writeContainer(engine, container);
    if (!record || !attachment) return;
    await forgetBegun(engine, id);
    await tellPeers(engine, record.attachments, id);
    await recordEvent(engine, networkHappening(attachment.network, 'disconnect', id));
  });
}

interface Joining {
  record: EndpointRecord;
  network: Network;
  endpoint: EndpointSettings;
}

function reserveOne(
  engine: Engine,
  container: Parameters<typeof attachmentOf>[1],
  { record, network, endpoint }: Joining,
): Promise<Attachment> {
  return withLeases(engine, async (held) => {
    const device = freeDevice(record);
    const taken = attachmentOf(held, container, { network, endpoint, device, mac: undefined });
    const attachments = [...record.attachments, taken.attachment];
    await writeEndpoint(engine, container.id, { ...record, attachments });
    return { leases: taken.leases, result: taken.attachment };
  });
}

function freeDevice({ attachments }: EndpointRecord): string {
  const taken = attachments.map(({ device }) => device);
  for (let place = 0; ; place++) if (!taken.includes(`eth${place}`)) return `eth${place}`;
}

async function forgetOne(
  engine: Engine,
  id: string,
  record: EndpointRecord,
  { network, address, address6 }: Attachment,
): Promise<void> {
  await withLeases(engine, async (leases) => {
    const attachments = record.attachments.filter((one) => one.network.id !== network.id);
    await writeEndpoint(engine, id, { ...record, attachments });
    const given = [address, ...(address6 === undefined ? [] : [address6])];
    return { leases: giveBackAddresses(leases, given), result: undefined };
  });
}
