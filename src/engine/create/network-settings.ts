import {
  type EndpointSettings,
  emptyEndpoint,
  emptyNetworkSettings,
  type NetworkSettings,
} from '../containers/record.ts';
import { goMap } from '../docker-json.ts';

/** NetworkSettings of a container that was never started. Pure. @param named whether the user chose its name. */
export function createdNetworkSettings(
  mode: string,
  endpoints: Readonly<Record<string, EndpointSettings>>,
  named: boolean,
): NetworkSettings {
  const network = mode === 'default' ? 'bridge' : mode;
  const { [mode]: own, ...others } = endpoints;
  const Networks = mode.startsWith('container:')
    ? null
    : goMap([
        [network, own ?? endpoints[network] ?? emptyEndpoint()],
        ...Object.entries(others).filter(([name]) => name !== network),
      ]);
  return { ...emptyNetworkSettings(), Networks, IsAnonymousEndpoint: !named };
}
