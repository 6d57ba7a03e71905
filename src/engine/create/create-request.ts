import type { ContainerConfig, EndpointSettings, GoMap, HostConfig } from '../containers/record.ts';

/** What a client asks for: `POST /containers/create` of Docker's API. */
export interface CreateRequest {
  /** As given; empty for one that the engine makes. */
  name: string;
  /** `os/arch[/variant]`; empty for the host's own. */
  platform: string;
  /** Before the image's config is merged in; `Image` is the name as the user gave it. */
  config: ContainerConfig;
  hostConfig: HostConfig;
  /** By name of the network; those that are not in the host config's NetworkMode are refused. */
  endpoints: GoMap<EndpointSettings>;
}
