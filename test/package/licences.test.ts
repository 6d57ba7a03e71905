// Licences of what is shipped: read as SPDX expressions, and fit for Apache-2.0 code.
import { describe, expect, it } from 'vitest';
import { fits, shippedPackages } from '../../scripts/licences.mjs';

describe('licences', () => {
  it.each([
    ['MIT', true],
    ['MIT/Apache-2.0', true],
    ['Apache-2.0 WITH LLVM-exception OR MIT', true],
    ['(MIT OR GPL-3.0) AND Unicode-3.0', true],
    ['GPL-2.0-only OR (MIT AND LGPL-3.0)', false],
    ['GPL-3.0', false],
    ['(MIT', false],
    ['', false],
  ])('%s', (expression, expected) => {
    expect(fits(expression)).toBe(expected);
  });

  it('of all that is shipped fit', () => {
    const all = shippedPackages();
    const names = all.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['rustix', 'rquickjs', '@oclif/core']));
    // Of vitest and clippy's kind nothing is shipped.
    expect(names).not.toContain('vitest');
    expect(all.filter(({ licence }) => !fits(licence))).toEqual([]);
  });
});
