import { invalidParameter } from '../engine-error.ts';

const defaultKeys = 'ctrl-p,ctrl-q';

/** Bytes of `--detach-keys`: letters, and `ctrl-` with a letter or one of `@ [ \ ] ^ _`. Pure. */
export function detachKeys(text: string | undefined): number[] {
  return (text || defaultKeys).split(',').map((key) => {
    const code = keyCode(key);
    if (code === undefined)
      throw invalidParameter(`Invalid detach keys (${text}) provided: Unknown character: '${key}'`);
    return code;
  });
}

function keyCode(key: string): number | undefined {
  if (key.length === 1) return key.charCodeAt(0);
  const [, letter] = /^ctrl-([a-zA-Z@[\\\]^_])$/.exec(key) ?? [];
  // As a terminal sends it: the letter without its two upper bits.
  return letter === undefined ? undefined : letter.toUpperCase().charCodeAt(0) & 0x1f;
}
