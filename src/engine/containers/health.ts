import { elapsed } from '../parse-rfc3339.ts';
import type { HealthConfig, HealthState, ProbeResult } from './record.ts';

/** The probe with all defaults filled in; times in milliseconds. */
export interface Probe {
  args: string[];
  interval: number;
  timeout: number;
  startPeriod: number;
  startInterval: number;
  retries: number;
}

const keptResults = 5;
const keptOutput = 4096;

/** Undefined when the container has no health check. */
export function probeOf(
  check: HealthConfig | null | undefined,
  shell?: string[],
): Probe | undefined {
  const [kind, ...words] = check?.Test ?? [];
  if (!check || words.length === 0) return undefined;
  if (kind !== 'CMD' && kind !== 'CMD-SHELL') return undefined;
  const prefix = kind === 'CMD' ? [] : shell?.length ? shell : ['/bin/sh', '-c'];
  const milliseconds = (value: number | undefined, seconds: number) =>
    value ? value / 1_000_000 : seconds * 1000;
  return {
    args: [...prefix, ...words],
    interval: milliseconds(check.Interval, 30),
    timeout: milliseconds(check.Timeout, 30),
    startPeriod: milliseconds(check.StartPeriod, 0),
    startInterval: milliseconds(check.StartInterval, 5),
    retries: check.Retries && check.Retries > 0 ? check.Retries : 3,
  };
}

/** Of a container that was just started; results of earlier runs stay in the log. */
export function startingHealth(before: HealthState | null): HealthState {
  return { Status: 'starting', FailingStreak: 0, Log: before?.Log ?? [] };
}

/** Milliseconds until the next probe. */
export function probeDelay(probe: Probe, health: HealthState, ranFor: number): number {
  const early = ranFor < probe.startPeriod && health.Status === 'starting';
  return early ? probe.startInterval : probe.interval;
}

/** Health after one more result. A failure within the start period does not count until a first success. */
export function afterProbe(
  probe: Probe,
  health: HealthState,
  result: ProbeResult,
  startedAt: string,
): HealthState {
  const Log = [...(health.Log ?? []), result].slice(-keptResults);
  if (result.ExitCode === 0) return { Status: 'healthy', FailingStreak: 0, Log };
  const forgiven =
    health.Status === 'starting' && elapsed(startedAt, result.Start) < probe.startPeriod;
  if (forgiven) return { ...health, Log };
  const FailingStreak = health.FailingStreak + 1;
  const Status = FailingStreak >= probe.retries ? 'unhealthy' : health.Status;
  return { Status, FailingStreak, Log };
}

/** What is kept of a probe's output. */
export function probeOutput(text: string): string {
  return text.length > keptOutput ? `${text.slice(0, keptOutput)}...` : text;
}
