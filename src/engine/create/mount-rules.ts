import { cleanPath } from '../../spec/clean-path.ts';
import type { MountSpec } from '../containers/record.ts';
import { invalidParameter } from '../engine-error.ts';

/** Docker's rules of `--mount` and of what `-v` becomes; throws its texts. Pure. */
export function checkMountSpec(spec: MountSpec): void {
  const fault = mountFault(spec);
  if (fault === undefined) return;
  throw invalidParameter(`invalid mount config for type "${spec.Type ?? ''}": ${fault}`);
}

const propagations: ReadonlySet<string> = new Set([
  'private',
  'rprivate',
  'slave',
  'rslave',
  'shared',
  'rshared',
]);

export function isPropagation(word: string): boolean {
  return propagations.has(word);
}

function mountFault(spec: MountSpec): string | undefined {
  const { Type, Source = '', Target = '', BindOptions, VolumeOptions, TmpfsOptions } = spec;
  if (Target === '') return 'field Target must not be empty';
  const place = placeFault(Target);
  if (place !== undefined) return place;
  const extra = (name: string, value: unknown) =>
    value === undefined ? undefined : `field ${name} must not be specified`;
  switch (Type) {
    case 'bind':
      if (Source === '') return 'field Source must not be empty';
      if (BindOptions?.Propagation && !isPropagation(BindOptions.Propagation)) {
        return `invalid propagation mode: ${BindOptions.Propagation}`;
      }
      if (VolumeOptions !== undefined) return extra('VolumeOptions', VolumeOptions);
      return Source.startsWith('/') ? undefined : notAbsolute(Source);
    case 'volume':
      return (
        extra('BindOptions', BindOptions) ??
        (Source === '' && spec.ReadOnly
          ? 'must not set ReadOnly mode when using anonymous volumes'
          : undefined)
      );
    case 'tmpfs':
      if (BindOptions !== undefined) return extra('BindOptions', BindOptions);
      if (Source !== '') return extra('Source', Source);
      return tmpfsFault(TmpfsOptions);
    default:
      return 'mount type unknown';
  }
}

function tmpfsFault(options: MountSpec['TmpfsOptions']): string | undefined {
  return (options?.SizeBytes ?? 0) < 0 ? 'invalid tmpfs size' : undefined;
}

function placeFault(path: string): string | undefined {
  if (cleanPath(path) === '/') return "invalid specification: destination can't be '/'";
  return path.startsWith('/') ? undefined : notAbsolute(path);
}

function notAbsolute(path: string): string {
  return `invalid mount path: '${path}' mount path must be absolute`;
}

/** The path of a `--tmpfs`. */
export function checkTmpfsPath(path: string): void {
  const fault = placeFault(path);
  if (fault !== undefined) throw invalidParameter(fault);
}
