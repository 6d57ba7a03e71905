import type { MountSpec } from '../../../../engine/containers/record.ts';
import { goMap } from '../../../../engine/docker-json.ts';
import { absolutePath } from '../../../../spec/clean-path.ts';
import { parseSize } from '../../../sizes.ts';
import { FlagFault } from '../../scan-docker-flags.ts';
import { readBoolean, readCsv, splitPair } from './flag-reader.ts';

/** A key that is there without a value means true. */
const bareKeys: ReadonlySet<string> = new Set([
  'readonly',
  'ro',
  'volume-nocopy',
  'bind-nonrecursive',
]);

/** What `--mount` says, and the recursion that follows from its own rules. */
interface Draft {
  type: string;
  spec: MountSpec;
  bind: NonNullable<MountSpec['BindOptions']> | undefined;
  volume: NonNullable<MountSpec['VolumeOptions']> | undefined;
  tmpfs: NonNullable<MountSpec['TmpfsOptions']> | undefined;
  labels: Map<string, string>;
  options: Map<string, string>;
  recursion: string;
}

/** `type=bind,source=/a,target=/b,readonly`, by docker's rules. @param cwd where `./x` starts. */
export function readMountFlag(text: string, cwd: string): MountSpec {
  const draft: Draft = {
    type: 'volume',
    spec: {},
    bind: undefined,
    volume: undefined,
    tmpfs: undefined,
    labels: new Map(),
    options: new Map(),
    recursion: '',
  };
  for (const field of readCsv(text)) readField(draft, field, cwd);
  return finished(draft);
}

function readField(draft: Draft, field: string, cwd: string): void {
  const [name, given] = splitPair(field);
  const key = name.toLowerCase();
  if (!field.includes('=') && !bareKeys.has(key)) {
    throw new FlagFault(`invalid field '${field}' must be a key=value pair`);
  }
  const value = field.includes('=') ? given : 'true';
  const { spec } = draft;
  switch (key) {
    case 'type':
      draft.type = value.toLowerCase();
      return;
    case 'source':
    case 'src':
      spec.Source = value.startsWith('.') ? absolutePath(cwd, value) : value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      spec.Target = value;
      return;
    case 'readonly':
    case 'ro':
      spec.ReadOnly = boolean(key, value);
      return;
    case 'consistency':
      spec.Consistency = value.toLowerCase();
      return;
    default:
      readOption(draft, key, value, field);
  }
}

function readOption(draft: Draft, key: string, value: string, field: string): void {
  if (key.startsWith('bind-')) draft.bind ??= {};
  if (key.startsWith('volume-')) draft.volume ??= {};
  if (key.startsWith('tmpfs-')) draft.tmpfs ??= {};
  const { bind = {}, volume = {}, tmpfs = {} } = draft;
  switch (key) {
    case 'bind-propagation':
      bind.Propagation = value.toLowerCase();
      return;
    case 'bind-nonrecursive':
      bind.NonRecursive = boolean(key, value);
      return;
    case 'bind-recursive':
      readRecursion(draft, bind, value);
      return;
    case 'volume-nocopy':
      volume.NoCopy = boolean(key, value);
      return;
    case 'volume-label':
      draft.labels.set(...splitPair(value));
      return;
    case 'volume-driver':
      volume.DriverConfig = { ...volume.DriverConfig, Name: value };
      return;
    case 'volume-opt':
      draft.options.set(...splitPair(value));
      return;
    case 'tmpfs-size':
      tmpfs.SizeBytes = Number(size(key, value));
      return;
    case 'tmpfs-mode':
      if (!/^[0-7]{1,10}$/.test(value)) throw invalidValue(key, value);
      tmpfs.Mode = Number.parseInt(value, 8);
      return;
    default:
      throw new FlagFault(`unexpected key '${key}' in '${field}'`);
  }
}

function readRecursion(
  draft: Draft,
  bind: NonNullable<MountSpec['BindOptions']>,
  value: string,
): void {
  if (!['enabled', 'disabled', 'writable', 'readonly'].includes(value)) {
    throw new FlagFault(
      `invalid value for bind-recursive: ${value} (must be "enabled", "disabled", "writable", or "readonly")`,
    );
  }
  draft.recursion = value;
  if (value === 'disabled') bind.NonRecursive = true;
}

function finished({ type, spec, bind, volume, tmpfs, labels, options, recursion }: Draft) {
  if (type === '') throw new FlagFault('type is required');
  if (!spec.Target) throw new FlagFault('target is required');
  for (const [kind, given] of Object.entries({ volume, bind, tmpfs })) {
    if (given !== undefined && type !== kind) {
      throw new FlagFault(`cannot mix '${kind}-*' options with mount type '${type}'`);
    }
  }
  checkRecursion(recursion, spec, bind);
  const { Source, Target, ReadOnly, Consistency } = spec;
  return {
    Type: type,
    ...(Source && { Source }),
    Target,
    ...(ReadOnly && { ReadOnly }),
    ...(Consistency && { Consistency }),
    ...(bind && { BindOptions: bindOptions(bind) }),
    ...(volume && { VolumeOptions: volumeOptions(volume, labels, options) }),
    ...(tmpfs && { TmpfsOptions: tmpfsOptions(tmpfs) }),
  };
}

/** The runtime of the engine makes a read-only mount recursively so on its own request alone. */
function checkRecursion(
  recursion: string,
  { ReadOnly }: MountSpec,
  bind: MountSpec['BindOptions'],
): void {
  if (recursion !== 'writable' && recursion !== 'readonly') return;
  const option = `option 'bind-recursive=${recursion}'`;
  if (!ReadOnly) {
    throw new FlagFault(`${option} requires 'readonly' to be specified in conjunction`);
  }
  if (recursion === 'writable') return;
  if (bind?.Propagation !== 'rprivate') {
    throw new FlagFault(
      `${option} requires 'bind-propagation=rprivate' to be specified in conjunction`,
    );
  }
  throw new FlagFault('bind-recursive=readonly requires API v1.44 or later');
}

function bindOptions({ Propagation, NonRecursive }: NonNullable<MountSpec['BindOptions']>) {
  return { ...(Propagation && { Propagation }), ...(NonRecursive && { NonRecursive }) };
}

function volumeOptions(
  { NoCopy, DriverConfig }: NonNullable<MountSpec['VolumeOptions']>,
  labels: Map<string, string>,
  options: Map<string, string>,
) {
  const Name = DriverConfig?.Name;
  return {
    ...(NoCopy && { NoCopy }),
    ...(labels.size > 0 && { Labels: goMap(labels) }),
    DriverConfig: { ...(Name && { Name }), ...(options.size > 0 && { Options: goMap(options) }) },
  };
}

function tmpfsOptions({ SizeBytes, Mode }: NonNullable<MountSpec['TmpfsOptions']>) {
  return { ...(SizeBytes && { SizeBytes }), ...(Mode && { Mode }) };
}

function boolean(key: string, value: string): boolean {
  const word = readBoolean(value);
  if (word === undefined) throw invalidValue(key, value);
  return word;
}

function size(key: string, value: string): number | bigint {
  try {
    return parseSize(value);
  } catch {
    throw invalidValue(key, value);
  }
}

function invalidValue(key: string, value: string): FlagFault {
  return new FlagFault(`invalid value for ${key}: ${value}`);
}
