import { RundletError } from '../errors/rundlet-error.ts';

/** From 1 on; the numbers of all Linux architectures that rundlet is built for. */
const names =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP ' +
  'TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS';

const aliases: Record<string, number> = { IOT: 6, CLD: 17, POLL: 29, UNUSED: 31 };

export const SIGKILL = 9;

/** A number, or a name in any case with or without SIG; also RTMIN+n and RTMAX-n. */
export function parseSignal(text: string): number {
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  const name = text.toUpperCase().replace(/^SIG/, '');
  const number = aliases[name] ?? names.split(' ').indexOf(name) + 1;
  if (number > 0) return number;
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (realtime) {
    const [, from, sign, offset = '0'] = realtime;
    const signal = (from === 'MIN' ? 34 : 64) + (sign === '-' ? -1 : 1) * Number(offset);
    if (signal >= 34 && signal <= 64) return signal;
  }
  throw new RundletError('ERR_RUNDLET_USAGE', `unknown signal ${JSON.stringify(text)}`);
}

/** `SIGTERM` for 15; undefined for a number without a name. */
export function signalName(signal: number): string | undefined {
  const name = names.split(' ')[signal - 1];
  return name && `SIG${name}`;
}
