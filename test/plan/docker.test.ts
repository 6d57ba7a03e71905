import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { planContainer } from '../../src/plan/plan-container.ts';
import type { Spec } from '../../src/spec/generated/config.ts';
import { factsV1 } from './facts.ts';
import { expectGolden, readJson } from './golden.ts';

/** Configurations that a docker engine wrote; not part of this repository. */
const folder = join(import.meta.dirname, '../../../shared/fixtures/docker-configs');
const files = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.json'))
  : [];
if (files.length === 0) console.warn(`skipped: no docker configurations in ${folder}`);

describe.skipIf(files.length === 0)('planContainer of docker’s configurations', () => {
  test.each(files)('%s', (file) => {
    const spec = readJson<Spec>(join(folder, file));
    const warnings: string[] = [];
    const options = {
      id: 'c4cf72f5adb1',
      bundle: '/run/containerd/bundle',
      stateDir: '/run/rundlet/c4cf72f5adb1',
      warn: (message: string) => warnings.push(message),
    };
    const plan = planContainer(spec, options, factsV1);
    expect(warnings).toEqual([]);
    expectGolden(join(import.meta.dirname, 'docker', `${basename(file, '.json')}.plan.json`), plan);
  });
});
