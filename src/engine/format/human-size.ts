const decimalUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];
const binaryUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** `4.01MB`: bytes in decimal units with up to `digits` significant digits, as Docker's tables show sizes. */
export function humanSize(bytes: number, digits = 4): string {
  return withUnit(bytes, 1000, decimalUnits, digits);
}

/** `1.5MiB`: bytes in binary units, as `stats` shows memory. */
export function binarySize(bytes: number, digits = 4): string {
  return withUnit(bytes, 1024, binaryUnits, digits);
}

function withUnit(bytes: number, base: number, units: readonly string[], digits: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= base && unit < units.length - 1) {
    value /= base;
    unit += 1;
  }
  return `${significant(value, digits)}${units[unit]}`;
}

/** Go's %.<digits>g for values of a size: no trailing zeros, an exponent only where digits do not reach. */
function significant(value: number, digits: number): string {
  const [mantissa = '', exponent] = value.toPrecision(digits).split('e');
  const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return exponent === undefined ? short : `${short}e+${exponent.slice(1).padStart(2, '0')}`;
}
