import type { Host } from '../host/host.ts';
import type { EnginePaths } from './engine-paths.ts';

/** What every function of the engine gets first. */
export interface Engine {
  readonly host: Host;
  readonly paths: EnginePaths;
  /** This moment of the host's clock as RFC3339Nano in UTC, as Docker's records have it. */
  readonly now: () => Promise<string>;
  /** Told of what deserves a line but is not thrown. */
  readonly warn: (message: string) => void;
  /** Of `cancelOpen`: what waits for a container ends with ECANCELED once it is cancelled. */
  readonly cancel?: number;
}
