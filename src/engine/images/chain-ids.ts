import type { Host } from '../../host/host.ts';
import type { Digest } from '../layers/layer-store.ts';

/**
 * Chain ids of layers, lowest first: the first is its diff id, each other the digest of
 * `<parent chain> <diff id>` (image-spec, config.md "Layer ChainID").
 */
export async function chainIds(host: Host, diffIds: readonly Digest[]): Promise<Digest[]> {
  const chains: Digest[] = [];
  for (const diffId of diffIds) {
    const parent = chains.at(-1);
    chains.push(
      parent === undefined
        ? diffId
        : `sha256:${await host.call('sha256', { text: `${parent} ${diffId}` })}`,
    );
  }
  return chains;
}
