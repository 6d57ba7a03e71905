import type { HealthConfig } from '../../../../engine/containers/record.ts';
import { parseDuration } from '../../../durations.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import type { ContainerFlagValues } from './create-request.ts';
import type { FlagReader } from './flag-reader.ts';

const durations = {
  'health-interval': 'Interval',
  'health-timeout': 'Timeout',
  'health-start-period': 'StartPeriod',
  'health-start-interval': 'StartInterval',
} as const;

/** `--health-*`; undefined when none is given. Times are nanoseconds. */
export function readHealthFlags(
  flags: ContainerFlagValues,
  reader: FlagReader,
): HealthConfig | undefined {
  const times: Partial<Record<(typeof durations)[keyof typeof durations], number>> = {};
  for (const [flag, key] of Object.entries(durations)) {
    const given = flags[flag as keyof typeof durations];
    if (given === undefined) continue;
    const time = reader.value(flag, given, readDuration);
    if (time !== 0) times[key] = time;
  }
  const { 'health-cmd': command, 'health-retries': retries } = flags;
  const given = command || Object.keys(times).length > 0 || retries;
  if (flags['no-healthcheck']) {
    if (given) throw new FlagFault('--no-healthcheck conflicts with --health-* options');
    return { Test: ['NONE'] };
  }
  if (!given) return undefined;
  for (const [flag, key] of Object.entries(durations)) {
    if ((times[key] ?? 0) < 0) throw new FlagFault(`--${flag} cannot be negative`);
  }
  if (retries !== undefined && retries < 0) {
    throw new FlagFault('--health-retries cannot be negative');
  }
  const { Interval, Timeout, StartPeriod, StartInterval } = times;
  return {
    ...(command && { Test: ['CMD-SHELL', command] }),
    ...(Interval && { Interval }),
    ...(Timeout && { Timeout }),
    ...(StartPeriod && { StartPeriod }),
    ...(StartInterval && { StartInterval }),
    ...(retries && { Retries: retries }),
  };
}

function readDuration(text: string): number {
  if (/^[+-]?\d*\.?\d+$/.test(text) && Number(text) !== 0) {
    throw new FlagFault(`time: missing unit in duration "${text}"`);
  }
  const time = parseDuration(text);
  if (time === undefined) throw new FlagFault(`time: invalid duration "${text}"`);
  return time;
}
