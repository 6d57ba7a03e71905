import { expect, test } from 'vitest';
import { unknownKeys } from '../../../src/spec/unknown-keys.ts';
import { configWith } from './config-of.ts';

test('finds keys at every level and what was meant', () => {
  const spec = configWith((s) => {
    s.hostanme = 'x';
    s.process.noNewPriveleges = true;
    s.mounts[2].option = [];
    s.linux.resources.memory = { limt: 5 };
    s.linux.netDevices = { eth0: { nam: 'x' } };
    s.zzz = 1;
  });
  expect(unknownKeys(spec)).toEqual([
    { pointer: '/process/noNewPriveleges', suggestion: 'noNewPrivileges' },
    { pointer: '/mounts/2/option', suggestion: 'options' },
    { pointer: '/linux/resources/memory/limt', suggestion: 'limit' },
    { pointer: '/linux/netDevices/eth0/nam', suggestion: 'name' },
    { pointer: '/hostanme', suggestion: 'hostname' },
    { pointer: '/zzz' },
  ]);
});

test('keys of maps are free, and other platforms are not looked into', () => {
  const spec = configWith((s) => {
    s.annotations = { anything: 'x', constructor: 'y' };
    s.linux.sysctl = { 'net.x': '1' };
    s.windows = { layerFolders: [] };
  });
  expect(unknownKeys(spec)).toEqual([]);
});

test('names of Object.prototype are unknown like others', () => {
  const spec = configWith((s) =>
    Object.defineProperty(s, '__proto__', { value: 1, enumerable: true }),
  );
  expect(unknownKeys(spec)).toEqual([{ pointer: '/__proto__' }]);
  expect(unknownKeys(configWith((s) => (s.toString = 1)))).toEqual([{ pointer: '/toString' }]);
});
