import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { LaunchPlan } from '../../src/host/generated/plan.ts';
import { parseJson } from '../../src/spec/parse-json.ts';
import { stringifyJson } from '../../src/spec/stringify-json.ts';

/** Compares a plan with the one kept in `file`; `UPDATE_GOLDEN=1` keeps it anew. */
export function expectGolden(file: string, plan: LaunchPlan): void {
  const text = `${stringifyJson(plan, 1)}\n`;
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(file, text);
  if (!existsSync(file))
    throw new Error(`${file} is missing; make it with UPDATE_GOLDEN=1 and review it`);
  expect(text).toBe(readFileSync(file, 'utf8'));
}

/** A JSON file with integers kept exact, as the runtime reads it. */
export function readJson<T>(file: string): T {
  return parseJson(readFileSync(file, 'utf8'), file) as T;
}
