import { accept } from './accept.ts';
import { checkShape } from './check-shape.ts';
import type { Features } from './generated/features.ts';
import { validate } from './generated/features-validator.js';
import type { Source } from './violation.ts';

/** What a runtime prints for `features`; throws as validateConfig does. */
export function validateFeatures(value: unknown, source: Source): Features {
  const misshapen = checkShape(validate, value);
  accept(misshapen ? [misshapen] : [], source);
  return value as Features;
}
