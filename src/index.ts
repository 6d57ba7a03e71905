/** The public API of rundlet; nothing else is public. */

export type { PulledImage } from './engine/registry/pull-image.ts';
export type { LayerProgress } from './engine/registry/pull-layers.ts';
export type { PushedImage } from './engine/registry/push-image.ts';
export { type ErrorCode, errorCodes } from './errors/codes.ts';
export { type ErrorDetails, type Location, RundletError } from './errors/rundlet-error.ts';
export { StatusError } from './errors/status-error.ts';
export type { Host } from './host/host.ts';
export { HostError } from './host/host-error.ts';
export type { LogLine, LogsRequest } from './library/container-logs.ts';
export type {
  ContainerOptions,
  MountOption,
  PortOption,
} from './library/container-options.ts';
export type { StatsRequest, UsageInfo } from './library/container-stats.ts';
export { Engine, type EngineOptions, type RunOptions, type RunResult } from './library/engine.ts';
export {
  EngineContainer,
  type EngineExecOptions,
  type EngineExecResult,
} from './library/engine-container.ts';
export type { ContainerInfo, EngineContainers } from './library/engine-containers.ts';
export type { EngineImages, ImageDetails, ImageInfo, ImageStep } from './library/engine-images.ts';
export type {
  DiskUsageInfo,
  EngineSystem,
  EventFilterKey,
  EventInfo,
  EventsOptions,
} from './library/engine-system.ts';
export type { EngineVolumes, VolumeInfo, VolumeOptions } from './library/engine-volumes.ts';
export type { Output, OutputLimits } from './library/output.ts';
export type { PullImageOptions, RegistryOptions } from './library/pull-into.ts';
export type { ExitResult } from './lifecycle/exit-code.ts';
export type { ContainerEvent, ContainerStats } from './lifecycle/stats-types.ts';
export type { ContainerState, ContainerStatus } from './lifecycle/types.ts';
export { ContainerProcess } from './runtime/container-process.ts';
export type {
  Abortable,
  CreateRequest,
  ExecRequest,
  ProcessOutput,
  RunRequest,
  RuntimeOptions,
  SpawnExecRequest,
  SpawnRequest,
} from './runtime/options.ts';
export { Runtime } from './runtime/runtime.ts';
export type { StdioEntry, StdioOption } from './runtime/stdio.ts';
export type { LinuxResources, Process, Spec } from './spec/generated/config.ts';
export type { Features } from './spec/generated/features.ts';
