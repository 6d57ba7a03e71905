import { describe, expect, test } from 'vitest';
import { validateFeatures } from '../../../src/spec/validate-features.ts';
import { validateProcess } from '../../../src/spec/validate-process.ts';
import { validateResources } from '../../../src/spec/validate-resources.ts';
import { validateState } from '../../../src/spec/validate-state.ts';

const source = { file: 'file.json' };

describe('validateProcess', () => {
  const process = { cwd: '/', args: ['sh'], user: { uid: 0, gid: 0 } };

  test('takes a process as containerd and conmon send it', () => {
    const sent = {
      ...process,
      terminal: true,
      consoleSize: { height: 0, width: 0 },
      env: ['PATH=/bin'],
      capabilities: { bounding: ['CAP_CHOWN'] },
      rlimits: [{ type: 'RLIMIT_NOFILE', hard: 18446744073709551615n, soft: 1024 }],
    };
    expect(validateProcess(sent, source)).toBe(sent);
  });

  test.each([
    [{ ...process, args: [] }, 'file.json: /args: args must not be empty'],
    [{ args: ['sh'] }, 'file.json: the document must have the key "cwd"'],
    [{ ...process, cwd: 'tmp' }, 'file.json: /cwd: Cwd must be an absolute path, not "tmp"'],
  ])('%j', (value, message) => {
    expect(() => validateProcess(value, source)).toThrow(message);
  });
});

describe('validateResources', () => {
  test('takes what update gets', () => {
    const value = { memory: { limit: 1048576, swap: -1 }, pids: { limit: 0 }, cpu: { cpus: '' } };
    expect(validateResources(value, source)).toBe(value);
  });

  test('refuses with pointers of its own', () => {
    expect(() => validateResources({ memory: { limit: '1g' } }, source)).toThrow(
      'file.json: /memory/limit must be an integer from -9223372036854775808 to 9223372036854775807, got string',
    );
    expect(() => validateResources({ cpu: { cpus: '3-1' } }, source)).toThrow(
      'file.json: /cpu/cpus: the range 3-1 runs backwards',
    );
  });
});

describe('validateState', () => {
  const state = { ociVersion: '1.3.0', id: 'x', status: 'running', pid: 7, bundle: '/b' };

  test('takes the specification’s and runc’s', () => {
    expect(validateState(state, source)).toBe(state);
    const more = { ...state, status: 'stopped', pid: 0, rootfs: '/b/rootfs', owner: '' };
    expect(validateState(more, source)).toBe(more);
  });

  test.each([
    [{ ...state, pid: 0 }, '/pid: a running container has a pid'],
    [{ ...state, bundle: 'b' }, '/bundle: the path must be absolute'],
    [{ ...state, id: undefined }, 'the document must have the key "id"'],
    [{ ...state, annotations: { a: 1 } }, '/annotations/a must be a string, got integer 1'],
  ])('%j', (value, message) => {
    expect(() => validateState(value, source)).toThrow(message);
  });
});

describe('validateFeatures', () => {
  test('null is a value of its own', () => {
    const features = {
      ociVersionMin: '1.0.0',
      ociVersionMax: '1.3.0',
      hooks: null,
      linux: { seccomp: null, cgroup: { v1: null, v2: true }, netDevices: { enabled: false } },
    };
    expect(validateFeatures(features, source)).toBe(features);
    expect(features.linux.seccomp).toBeNull();
  });

  test('names what is wrong', () => {
    const features = { ociVersionMin: '1.0.0', ociVersionMax: '1.3.0', hooks: 'all' };
    expect(() => validateFeatures(features, source)).toThrow(
      '/hooks must be an array of strings or null, got string',
    );
  });
});
