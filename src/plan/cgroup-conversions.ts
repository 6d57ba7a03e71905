import { invalid } from './plan-error.ts';

type Int = number | bigint;

/** `cpu.weight` (1 … 10000) for v1 shares (2 … 262144); 0 is unset. */
export function sharesToWeight(shares: Int): number {
  if (shares <= 0) return 0;
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const log = Math.log2(Number(shares));
  const exponent = (log * log + 125 * log) / 612 - 7 / 34;
  // exact results (1024 → 100) may come out a hair above in some mathematical libraries
  return Math.ceil(10 ** exponent - 1e-9);
}

/** `io.weight` (1 … 10000) for a v1 weight (10 … 1000). */
export function blockWeightToIoWeight(weight: number): number {
  return 1 + Math.floor(((weight - 10) * 9999) / 990);
}

/**
 * `memory.swap.max` for v1's memory and swap together: undefined to leave it alone, -1 for max.
 * 0 and undefined both mean unset in config.json.
 */
export function swapToSwapMax(swap: Int | undefined, memory: Int | undefined): Int | undefined {
  const unlimited = memory !== undefined && BigInt(memory) === -1n;
  if (!swap) return unlimited ? -1 : undefined;
  if (BigInt(swap) === -1n || unlimited) return swap;
  const pointer = '/linux/resources/memory/swap';
  if (!memory) throw invalid(pointer, 'unable to set swap limit without memory limit');
  if (memory < 0) throw invalid('/linux/resources/memory/limit', `invalid memory value: ${memory}`);
  if (swap < memory) throw invalid(pointer, 'memory+swap limit should be >= memory limit');
  return BigInt(swap) - BigInt(memory);
}

/** A limit as cgroup v2 writes it. */
export function limitText(value: Int): string {
  return value < 0 ? 'max' : String(value);
}

/** `pids.max`: 0 is one, since systemd has no zero; negative is none. */
export function pidsMax(limit: Int): string {
  if (limit < 0) return 'max';
  return limit > 0 ? String(limit) : '1';
}
