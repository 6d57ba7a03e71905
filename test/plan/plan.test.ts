import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HostFacts, LaunchPlan } from '../../src/host/generated/plan.ts';
import { planContainer } from '../../src/plan/plan-container.ts';
import { planExec } from '../../src/plan/plan-exec.ts';
import type { ExecContainer, PlanOptions } from '../../src/plan/plan-options.ts';
import { renderPlan } from '../../src/plan/render-plan.ts';
import type { Process, Spec } from '../../src/spec/generated/config.ts';
import { findConfigViolations } from '../../src/spec/validate-config.ts';
import { factsRootless, factsV1, factsV2 } from './facts.ts';
import { expectGolden, readJson } from './golden.ts';

const here = import.meta.dirname;

/** Each folder but `docker` and `exec`: on which host it is planned, and with which flags. */
const cases: Record<string, [facts: HostFacts, options?: Partial<PlanOptions>]> = {
  default: [factsV1],
  userns: [factsV1, { gate: { open: {} } }],
  many: [
    factsV1,
    { preserveFds: 2, consoleSocket: '/run/tty.sock', pidfdSocket: '/run/pidfd.sock' },
  ],
  'cgroup-v2': [factsV2, { noNewKeyring: true }],
  rootless: [factsRootless],
};

const options: PlanOptions = { id: 'box', bundle: '/bundle', stateDir: '/run/rundlet/box' };

describe('planContainer', () => {
  test.each(Object.entries(cases))('%s', (name, [facts, more]) => {
    const spec = readJson<Spec>(join(here, name, 'config.json'));
    expect(findConfigViolations(spec).filter(({ severity }) => severity === 'error')).toEqual([]);
    expectGolden(
      join(here, name, 'plan.json'),
      planContainer(spec, { ...options, ...more }, facts),
    );
  });

  test('every folder is a case', () => {
    const folders = readdirSync(here, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    expect(folders.map(({ name }) => name).sort()).toEqual(
      [...Object.keys(cases), 'docker', 'exec'].sort(),
    );
  });
});

describe('planExec', () => {
  test('exec', () => {
    const { process, container } = readJson<{ process: Process; container: ExecContainer }>(
      join(here, 'exec', 'request.json'),
    );
    expectGolden(join(here, 'exec', 'plan.json'), planExec(process, container, options, factsV1));
  });
});

describe('renderPlan', () => {
  test('the default container, line by line', async () => {
    const plan = readJson<LaunchPlan>(join(here, 'default', 'plan.json'));
    await expect(renderPlan(plan)).toMatchFileSnapshot(join(here, 'default', 'plan.txt'));
  });
});
