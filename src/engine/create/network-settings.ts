import {
  type EndpointSettings,
  emptyEndpoint,
  emptyNetworkSettings,
  type NetworkSettings,
} from '../containers/record.ts';

/** NetworkSettings of a container that was never started. Pure. @param named whether the user chose its name. */
export function createdNetworkSettings(
  mode: string,
  endpoints: Readonly<Record<string, EndpointSettings>>,
  named: boolean,
): NetworkSettings {
  const network = mode === 'default' ? 'bridge' : mode;
  const Networks = mode.startsWith('container:')
    ? null
    : { [network]: endpoints[mode] ?? endpoints[network] ?? emptyEndpoint() };
  return { ...emptyNetworkSettings(), Networks, IsAnonymousEndpoint: !named };
}
