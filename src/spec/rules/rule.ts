import type { LinuxResources, Process, Spec } from '../generated/config.ts';

/** Where the rules say what they found. A rule goes on after a fault: the caller may want all. */
export interface RuleReport {
  /** The config cannot be run; `message` follows the pointer and a colon. */
  fail(pointer: string, message: string, hint?: string): void;
  /** It can, but the user should know. */
  warn(pointer: string, message: string, hint?: string): void;
}

/** A rule that a schema cannot say, on a config whose shape is already checked. */
export type ConfigRule = (spec: Spec, report: RuleReport) => void;

/** The same for a process, which stands at `pointer` (`/process`, or nothing for exec's file). */
export type ProcessRule = (process: Process, pointer: string, report: RuleReport) => void;

/** The same for the resources of a cgroup (`/linux/resources`, or nothing for update's file). */
export type ResourcesRule = (
  resources: LinuxResources,
  pointer: string,
  report: RuleReport,
) => void;

/** False for a config that is meant for another platform and none for Linux. */
export function isForLinux(spec: Spec): boolean {
  const { freebsd, solaris, windows, zos } = spec;
  return spec.linux !== undefined || (freebsd ?? solaris ?? windows ?? zos) === undefined;
}

/** Whether the config creates or joins a namespace of a type. */
export function hasNamespace(spec: Spec, type: string): boolean {
  return spec.linux?.namespaces?.some((namespace) => namespace.type === type) ?? false;
}

/** A value as it stands in messages. */
export function quote(value: string): string {
  return JSON.stringify(value);
}
