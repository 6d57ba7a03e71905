import { invalidParameter } from '../engine-error.ts';
import type { Image } from '../images/image.ts';
import { architectureWords } from '../images/platform.ts';
import { familiarString, parseReference } from '../images/reference.ts';

const systemWords: Readonly<Record<string, string>> = { macos: 'darwin' };

/** `--platform` against what the image is of. Docker's text where they differ. Pure. */
export function checkPlatform({ config, references, id }: Image, wanted: string): void {
  if (wanted === '') return;
  const parts = wanted.toLowerCase().split('/');
  const bad = parts.find((part) => !/^[A-Za-z0-9_.-]+$/.test(part));
  if (bad !== undefined || parts.length > 3) {
    throw invalidParameter(`"${wanted}" is an invalid platform: it is os/architecture[/variant]`);
  }
  const { os = 'linux', architecture = '' } = config;
  const known = (part: string) => systemWords[part] ?? architectureWords[part] ?? part;
  const [first = '', second] = parts.map(known);
  const fits =
    second === undefined
      ? first === os || first === architecture
      : first === os && second === architecture;
  if (fits) return;
  const [name] = references;
  throw invalidParameter(
    `image with reference ${name ? familiarString(parseReference(name)) : id} was found but does not match the specified platform: wanted ${parts.join('/')}, actual: ${os}/${architecture}`,
  );
}
