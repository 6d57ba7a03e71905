import type { Int } from '../host/generated/plan.ts';

/** By the kernel's number. */
export const memoryModes: readonly string[] = [
  'MPOL_DEFAULT',
  'MPOL_PREFERRED',
  'MPOL_BIND',
  'MPOL_INTERLEAVE',
  'MPOL_LOCAL',
  'MPOL_PREFERRED_MANY',
  'MPOL_WEIGHTED_INTERLEAVE',
];

const flagBits: readonly [string, number][] = [
  ['MPOL_F_STATIC_NODES', 0x8000],
  ['MPOL_F_RELATIVE_NODES', 0x4000],
  ['MPOL_F_NUMA_BALANCING', 0x2000],
];

export const memoryFlags: readonly string[] = flagBits.map(([word]) => word);

/** The kernel's bits for the words of config.json. */
export function memoryFlagBits(words: readonly string[] = []): number {
  return flagBits.reduce((sum, [word, bit]) => (words.includes(word) ? sum | bit : sum), 0);
}

export function memoryFlagWords(bits: number): string[] {
  return flagBits.filter(([, bit]) => (bits & bit) !== 0).map(([word]) => word);
}

/** `0-3,8` as words of 64 bits, lowest first, which is how Go prints its sets. */
export function listToWords(list: string): Int[] {
  const words: bigint[] = [];
  for (const range of list.split(',')) {
    const [first = '', last = first] = range.trim().split('-');
    for (let bit = Number(first); first !== '' && bit <= Number(last); bit++) {
      const word = bit >> 6;
      while (words.length <= word) words.push(0n);
      words[word] = (words[word] ?? 0n) | (1n << BigInt(bit & 63));
    }
  }
  return words.map((word) => (word > BigInt(Number.MAX_SAFE_INTEGER) ? word : Number(word)));
}

/** And back, one number at a time. */
export function wordsToList(words: readonly Int[]): string {
  const bits = words.flatMap((word, index) =>
    Array.from({ length: 64 }, (_, bit) => bit)
      .filter((bit) => (BigInt(word) >> BigInt(bit)) & 1n)
      .map((bit) => index * 64 + bit),
  );
  return bits.join(',');
}
