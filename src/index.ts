/** The public API of rundlet; nothing else is public. */
export { type ErrorCode, errorCodes } from './errors/codes.ts';
export { type ErrorDetails, type Location, RundletError } from './errors/rundlet-error.ts';
export { StatusError } from './errors/status-error.ts';
export type { Host } from './host/host.ts';
export { HostError } from './host/host-error.ts';
export type {
  ContainerOptions,
  MountOption,
  PortOption,
} from './library/container-options.ts';
export {
  type ContainerInfo,
  Engine,
  type EngineOptions,
  type ImageInfo,
  type RunOptions,
  type RunResult,
} from './library/engine.ts';
export {
  EngineContainer,
  type EngineExecOptions,
  type EngineExecResult,
} from './library/engine-container.ts';
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
