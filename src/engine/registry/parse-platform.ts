import { invalidParameter } from '../engine-error.ts';
import { architectureWords, type Platform } from '../images/platform.ts';

/**
 * `linux/arm64/v8`, `linux` or `arm64` as a platform; what is not said is this machine's. Pure.
 * @param own Go's word for the machine's architecture.
 */
export function parsePlatform(text: string, own: string): Platform {
  const here = { os: 'linux', architecture: own };
  if (text === '') return here;
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) {
    throw invalidParameter(`"${text}" is an invalid platform: it is os/architecture[/variant]`);
  }
  const [first = '', second, variant] = parts;
  const known = (part: string) => architectureWords[part] ?? part;
  if (second === undefined) {
    return first === 'linux' ? here : { os: 'linux', architecture: known(first) };
  }
  return { os: first, architecture: known(second), ...(variant && { variant }) };
}
