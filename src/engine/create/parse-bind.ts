import { cleanPath } from '../../spec/clean-path.ts';
import type { MountPoint, MountSpec } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';
import { checkMountSpec, isPropagation } from './mount-rules.ts';

/** A mount point that is not yet tied to a volume. */
export interface ParsedMount {
  point: MountPoint;
  /** An empty volume gets what the image has at this place. */
  copy: boolean;
}

/** One of `Binds`: `source:target[:mode]`, or a target alone. Throws Docker's texts. */
export function parseBind(text: string, driver: string): ParsedMount {
  const parts = text.split(':');
  const invalid = (reason = '') =>
    invalidParameter(`invalid volume specification: '${text}'${reason}`);
  if (parts.length > 3 || parts[0] === '') throw invalid();
  const spec: MountSpec = {};
  let mode = '';
  if (parts.length === 1) spec.Target = parts[0] ?? '';
  else [spec.Source, spec.Target, mode = ''] = parts as [string, string, string?];
  checkMode(mode);
  const words = mode.split(',');
  const isBind = spec.Source?.startsWith('/') ?? false;
  const full: MountSpec = {
    Type: isBind ? 'bind' : 'volume',
    ...spec,
    ...(words.includes('ro') && { ReadOnly: true }),
    ...bindOptions(words),
    ...volumeOptions(words, isBind ? '' : driver),
  };
  try {
    checkMountSpec(full);
  } catch (error) {
    throw invalid(`: ${(error as Error).message}`);
  }
  const { point, copy } = parseMountSpec(full);
  return { point: { ...ordered(point, mode) }, copy };
}

function bindOptions(words: readonly string[]): Pick<MountSpec, 'BindOptions'> {
  const Propagation = words.find(isPropagation);
  return Propagation === undefined ? {} : { BindOptions: { Propagation } };
}

function volumeOptions(words: readonly string[], driver: string): Pick<MountSpec, 'VolumeOptions'> {
  const noCopy = words.includes('nocopy');
  if (!noCopy && driver === '') return {};
  return {
    VolumeOptions: {
      ...(noCopy && { NoCopy: true }),
      ...(driver !== '' && { DriverConfig: { Name: driver } }),
    },
  };
}

const modeKinds: readonly ReadonlySet<string>[] = [
  new Set(['rw', 'ro']),
  new Set(['z', 'Z']),
  new Set(['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared']),
  new Set(['nocopy']),
  new Set(['consistent', 'cached', 'delegated']),
];

/** At most one word of each kind, and nothing else. */
export function checkMode(mode: string): void {
  if (mode === '') return;
  const seen = new Set<unknown>();
  for (const word of mode.split(',')) {
    const kind = modeKinds.find((words) => words.has(word));
    if (kind === undefined || seen.has(kind)) throw invalidParameter(`invalid mode: ${mode}`);
    seen.add(kind);
  }
}

/** One of `Mounts`, that checkMountSpec has passed. */
export function parseMountSpec(spec: MountSpec): ParsedMount {
  const { Type = '', Source = '', Target = '', ReadOnly, BindOptions, VolumeOptions } = spec;
  const point: MountPoint = {
    Source: Type === 'bind' ? sourcePath(Source) : '',
    Destination: cleanPath(Target),
    RW: !ReadOnly,
    Name: Type === 'volume' ? Source : '',
    Driver: Type === 'volume' ? (VolumeOptions?.DriverConfig?.Name ?? '') : '',
    Type,
    ...(Type === 'bind' && { Propagation: BindOptions?.Propagation || 'rprivate' }),
    Spec: spec,
    SkipMountpointCreation: false,
  };
  return { point, copy: Type === 'volume' && !VolumeOptions?.NoCopy };
}

function sourcePath(source: string): string {
  return cleanPath(source);
}

/** With the mode as it was given, in moby's place of it. */
export function ordered(point: MountPoint, mode: string): MountPoint {
  const { Propagation, Spec, SkipMountpointCreation, ...first } = point;
  return {
    ...first,
    ...(mode !== '' && { Relabel: mode }),
    ...(Propagation !== undefined && { Propagation }),
    ...(Spec !== undefined && { Spec }),
    SkipMountpointCreation,
  };
}
