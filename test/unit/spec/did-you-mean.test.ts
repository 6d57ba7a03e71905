import { expect, test } from 'vitest';
import { didYouMean } from '../../../src/spec/did-you-mean.ts';

const actions = ['SCMP_ACT_ALLOW', 'SCMP_ACT_ERRNO', 'SCMP_ACT_LOG'];

test.each([
  ['SCMP_ACT_ALOW', actions, 'SCMP_ACT_ALLOW'],
  ['scmp_act_log', actions, 'SCMP_ACT_LOG'],
  ['hostanme', ['hostname', 'domainname'], 'hostname'],
  ['read-only', ['readonly', 'path'], 'readonly'],
  ['CAP_NET_ADMN', ['CAP_NET_ADMIN', 'CAP_NET_RAW'], 'CAP_NET_ADMIN'],
  ['net', ['pid', 'network', 'uts'], 'network'],
  ['SCMP', actions, undefined],
  ['entirely', ['different', 'words'], undefined],
  ['xy', ['path'], undefined],
])('%s', (word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected);
});
