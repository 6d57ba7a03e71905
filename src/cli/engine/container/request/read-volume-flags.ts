import { absolutePath } from '../../../../spec/clean-path.ts';
import { FlagFault } from '../../scan-docker-flags.ts';

export interface VolumeFlags {
  /** `Binds` of the host config. */
  binds: string[];
  /** Destinations of anonymous volumes. */
  anonymous: string[];
}

/** `-v`: `source:target[:mode]` is a bind or a named volume, a path alone an anonymous one. */
export function readVolumeFlags(given: readonly string[], cwd: string): VolumeFlags {
  const flags: VolumeFlags = { binds: [], anonymous: [] };
  for (const spec of given) {
    if (spec === '') throw new FlagFault('invalid empty volume spec');
    const parts = spec.split(':');
    if (parts.length > 3) throw new FlagFault(`invalid spec: ${spec}: too many colons`);
    if (parts.includes('')) {
      throw new FlagFault(`invalid spec: ${spec}: empty section between colons`);
    }
    const [source = '', ...rest] = parts;
    if (rest.length === 0) flags.anonymous.push(spec);
    else flags.binds.push([fromHere(source, cwd), ...rest].join(':'));
  }
  return flags;
}

/** Only what begins with a dot is taken from the working directory: another word is a name. */
function fromHere(source: string, cwd: string): string {
  return source.startsWith('.') ? absolutePath(cwd, source) : source;
}

/** `--tmpfs path[:options]`, by path. */
export function readTmpfsFlags(given: readonly string[]): Map<string, string> {
  return new Map(
    given.map((spec) => {
      const colon = spec.indexOf(':');
      return colon === -1 ? [spec, ''] : [spec.slice(0, colon), spec.slice(colon + 1)];
    }),
  );
}
