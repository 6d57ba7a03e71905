import type { EnginePaths } from '../engine-paths.ts';
import type { Container } from './record.ts';

/** One of `Mounts` of `inspect`, keys in Docker's order. */
export interface InspectMount {
  Type: string;
  Name?: string;
  Source: string;
  Destination: string;
  Driver?: string;
  Mode: string;
  RW: boolean;
  Propagation: string;
}

/** Volumes and binds of a container, by their destinations. */
export function inspectMounts(paths: EnginePaths, { config }: Container): InspectMount[] {
  return Object.values(config.MountPoints ?? {})
    .map((point) => ({
      Type: point.Type,
      ...(point.Name && { Name: point.Name }),
      Source: point.Source || (point.Name ? `${paths.volumes}/${point.Name}/_data` : ''),
      Destination: point.Destination,
      ...(point.Driver && { Driver: point.Driver }),
      // moby stores the mode under the name of one of its uses.
      Mode: point.Mode ?? point.Relabel ?? '',
      RW: point.RW,
      Propagation: point.Propagation ?? '',
    }))
    .sort((one, other) => (one.Destination < other.Destination ? -1 : 1));
}
