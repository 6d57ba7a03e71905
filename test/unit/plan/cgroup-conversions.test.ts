import { describe, expect, test } from 'vitest';
import {
  blockWeightToIoWeight,
  limitText,
  pidsMax,
  sharesToWeight,
  swapToSwapMax,
} from '../../../src/plan/cgroup-conversions.ts';
import { faultOf } from './spec-of.ts';

describe('sharesToWeight', () => {
  // Computed with 60 decimal digits from 10^((log2(x)^2 + 125·log2(x))/612 − 7/34), rounded up.
  test.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [10, 4],
    [100, 17],
    [256, 35],
    [512, 59],
    [1000, 99],
    [1024, 100],
    [2048, 174],
    [10240, 639],
    [20480, 1134],
    [100000, 4340],
    [262144, 10000],
    [262145, 10000],
    [2n ** 63n, 10000],
  ])('%s → %s', (shares, weight) => {
    expect(sharesToWeight(shares)).toBe(weight);
  });

  test('never falls, and stays in the kernel’s range', () => {
    let last = 0;
    for (let shares = 1; shares <= 262144; shares += 7) {
      const weight = sharesToWeight(shares);
      expect(weight).toBeGreaterThanOrEqual(last);
      last = weight;
    }
    expect(last).toBeLessThanOrEqual(10000);
  });
});

test.each([
  [10, 1],
  [11, 11],
  [100, 910],
  [500, 4950],
  [999, 9989],
  [1000, 10000],
])('blockWeightToIoWeight: %i → %i', (weight, io) => {
  expect(blockWeightToIoWeight(weight)).toBe(io);
});

describe('swapToSwapMax', () => {
  test.each([
    [undefined, undefined, undefined],
    [0, 1000, undefined],
    [undefined, -1, -1],
    [0, -1n, -1],
    [-1, 1000, -1],
    [5000, -1, 5000],
    [1000, 1000, 0n],
    [3000, 1000, 2000n],
    [9007199254740993n, 1, 9007199254740992n],
  ])('swap %s with memory %s → %s', (swap, memory, expected) => {
    expect(swapToSwapMax(swap, memory)).toBe(expected);
  });

  test.each([
    [1000, undefined, 'unable to set swap limit without memory limit'],
    [1000, 0, 'unable to set swap limit without memory limit'],
    [1000, 2000, 'memory+swap limit should be >= memory limit'],
    [1000, -2, 'invalid memory value: -2'],
  ])('swap %s with memory %s is refused', (swap, memory, message) => {
    const fault = faultOf(() => swapToSwapMax(swap, memory));
    expect(fault).toMatchObject({ code: 'ERR_RUNDLET_CONFIG_INVALID', message });
  });
});

test.each([
  [-1, 'max'],
  [0, '1'],
  [1, '1'],
  [100, '100'],
  [9223372036854775807n, '9223372036854775807'],
])('pidsMax: %s → %s', (limit, text) => {
  expect(pidsMax(limit)).toBe(text);
});

test.each([
  [-1, 'max'],
  [-1n, 'max'],
  [18446744073709551615n, '18446744073709551615'],
])('limitText: %s → %s', (limit, text) => {
  expect(limitText(limit)).toBe(text);
});
