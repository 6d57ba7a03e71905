import { expect, test } from 'vitest';
import { features } from '../../../src/lifecycle/features.ts';
import { validateFeatures } from '../../../src/spec/validate-features.ts';
import { FakeHost, facts } from './fake-host.ts';
import { contextOf } from './fixtures.ts';

test('fits the schema and tells what the kernel adds', async () => {
  const told = await features(contextOf(new FakeHost()));
  validateFeatures(structuredClone(told), { file: 'features' });
  expect(told.linux?.namespaces).toContain('time');
  expect(told.linux?.seccomp?.supportedFlags).toContain('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV');
  const old = new FakeHost({ facts: () => ({ ...facts, kernel: '5.10.0' }) });
  const flags = (await features(contextOf(old))).linux?.seccomp?.supportedFlags;
  expect(flags).not.toContain('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV');
});
