import { usage } from './scan-flags.ts';

const units = 'bkmgtp';

/** `64m`, `1.5GiB`, `512 KB`: bytes, every unit a power of 1024, in any case; digits alone are bytes. */
export function parseSize(text: string): number | bigint {
  const parts = /^(\d+)(\.\d+)? ?([bkmgtp])?(?:i?b)?$/i.exec(text);
  const [, whole = '', fraction, unit = 'b'] = parts ?? [];
  if (!parts) throw usage(`invalid size: '${text}'`);
  const factor = 1024n ** BigInt(units.indexOf(unit.toLowerCase()));
  const part = fraction ? BigInt(Math.trunc(Number(`0${fraction}`) * Number(factor))) : 0n;
  return integer(BigInt(whole) * factor + part);
}

/** 64-bit integer of a flag; the words are those of Go's strconv. */
export function parseInteger(text: string, signed: boolean): number | bigint {
  const type = signed ? 'ParseInt' : 'ParseUint';
  const fault = (reason: string) =>
    usage(`strconv.${type}: parsing ${JSON.stringify(text)}: ${reason}`);
  if (!(signed ? /^[+-]?\d+$/ : /^\d+$/).test(text)) throw fault('invalid syntax');
  const value = BigInt(text.replace('+', ''));
  const fits = signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  if (fits !== value) throw fault('value out of range');
  return integer(value);
}

/** A number where it can be one. */
function integer(value: bigint): number | bigint {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}
