import type { HealthConfig } from '../containers/record.ts';
import type { Digest } from '../layers/layer-store.ts';

/** `config` of an image config: what a container of it gets unless told otherwise (image-spec, Docker's keys). */
export interface ImageRunConfig {
  Hostname?: string;
  Domainname?: string;
  User?: string;
  ExposedPorts?: Record<string, object> | null;
  Env?: string[] | null;
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  Volumes?: Record<string, object> | null;
  WorkingDir?: string;
  Labels?: Record<string, string> | null;
  StopSignal?: string;
  StopTimeout?: number;
  Shell?: string[] | null;
  OnBuild?: string[] | null;
  ArgsEscaped?: boolean;
  Healthcheck?: HealthConfig | null;
  [key: string]: unknown;
}

/** One line of an image's history. */
export interface HistoryEntry {
  created?: string;
  created_by?: string;
  author?: string;
  comment?: string;
  empty_layer?: boolean;
}

/** An image config, Docker's and OCI's keys. */
export interface ImageConfig {
  architecture?: string;
  variant?: string;
  os?: string;
  'os.version'?: string;
  'os.features'?: string[];
  author?: string;
  comment?: string;
  created?: string;
  container?: string;
  container_config?: ImageRunConfig;
  docker_version?: string;
  parent?: string;
  config?: ImageRunConfig | null;
  rootfs?: { type: string; diff_ids?: Digest[] | null };
  history?: HistoryEntry[] | null;
  [key: string]: unknown;
}

/** An image of the store. */
export interface Image {
  /** Digest of the config. */
  id: Digest;
  config: ImageConfig;
  /** Chain id of its topmost layer; null without layers. */
  topChain: Digest | null;
  /** Every `name:tag` and `name@digest` that leads to it, sorted. */
  references: string[];
}
