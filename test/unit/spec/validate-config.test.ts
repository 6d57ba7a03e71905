import { describe, expect, test } from 'vitest';
import { RundletError } from '../../../src/errors/rundlet-error.ts';
import { parseJson } from '../../../src/spec/parse-json.ts';
import { stringifyJson } from '../../../src/spec/stringify-json.ts';
import { requireProcess, validateConfig } from '../../../src/spec/validate-config.ts';
import { configWith, faultsOf, type Loose } from './config-of.ts';

function validateText(text: string): Loose {
  return validateConfig(parseJson(text, 'config.json'), { text, file: 'config.json' });
}

function errorOf(text: string): RundletError {
  try {
    validateText(text);
  } catch (error) {
    if (error instanceof RundletError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('an error says where, what and why', () => {
  test('with line, column and pointer', () => {
    const text = '{\n "ociVersion": "1.3.0",\n "process": {"cwd": "/", "args": "sh"}\n}';
    const error = errorOf(text);
    expect(error.message).toBe(
      'config.json:3:34: /process/args must be an array of strings, got string',
    );
    expect(error).toMatchObject({
      code: 'ERR_RUNDLET_CONFIG_INVALID',
      pointer: '/process/args',
      location: { file: 'config.json', line: 3, column: 34 },
    });
  });

  test('without the text, only the file and the pointer', () => {
    const spec = configWith((s) => (s.process.args = 5));
    expect(() => validateConfig(spec, { file: 'config.json' })).toThrow(
      'config.json: /process/args must be an array of strings, got integer 5',
    );
  });

  test.each([
    ['null', 'config.json:1:1: the document must be an object, got null'],
    ['[]', 'config.json:1:1: the document must be an object, got array'],
    ['{}', 'config.json:1:1: the document must have the key "ociVersion"'],
  ])('%s', (text, message) => {
    expect(errorOf(text).message).toBe(message);
  });
});

describe('shapes', () => {
  const wrong: [string, (s: Loose) => void, string][] = [
    ['string for object', (s) => (s.root = 'rootfs'), '/root must be an object, got string'],
    ['missing key', (s) => delete s.root.path, '/root must have the key "path"'],
    ['missing cwd', (s) => delete s.process.cwd, '/process must have the key "cwd"'],
    [
      'number in strings',
      (s) => (s.process.env[1] = 5),
      '/process/env/1 must be a string, got integer 5',
    ],
    [
      'null in strings',
      (s) => (s.process.args = [null]),
      '/process/args/0 must be a string, got null',
    ],
    [
      'string for bool',
      (s) => (s.root.readonly = 'yes'),
      '/root/readonly must be true or false, got string',
    ],
    [
      'array for map',
      (s) => (s.annotations = []),
      '/annotations must be an object of strings, got array',
    ],
    [
      'number in map',
      (s) => (s.annotations = { 'a/b': 1 }),
      '/annotations/a~1b must be a string, got integer 1',
    ],
    [
      'close to a name',
      (s) => (s.linux.seccomp = { defaultAction: 'SCMP_ACT_ALOW' }),
      '/linux/seccomp/defaultAction: unknown value "SCMP_ACT_ALOW", did you mean "SCMP_ACT_ALLOW"?',
    ],
    [
      'far from any name',
      (s) => (s.linux.rootfsPropagation = 'sideways'),
      '/linux/rootfsPropagation must be one of private, rprivate, slave, rslave, shared, rshared, unbindable, runbindable, got "sideways"',
    ],
    [
      'far from any of many names',
      (s) => (s.linux.seccomp = { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['VAX'] }),
      '/linux/seccomp/architectures/0 has an unknown value, "VAX"',
    ],
    [
      'number for a name',
      (s) => (s.linux.namespaces[0].type = 5),
      '/linux/namespaces/0/type must be one of pid, network, mount, ipc, uts, user, cgroup, time, got integer 5',
    ],
    [
      'unknown namespace',
      (s) => (s.linux.namespaces[0].type = 'net'),
      '/linux/namespaces/0/type: unknown value "net", did you mean "network"?',
    ],
    [
      'no syscall names',
      (s) =>
        (s.linux.seccomp = {
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: [], action: 'SCMP_ACT_LOG' }],
        }),
      '/linux/seccomp/syscalls/0/names must not be empty, got an empty array',
    ],
    [
      'page size',
      (s) => (s.linux.resources.hugepageLimits = [{ pageSize: '64kB', limit: 1 }]),
      '/linux/resources/hugepageLimits/0/pageSize must be a page size such as 64KB, 2MB or 1GB, got "64kB"',
    ],
    [
      'other platform',
      (s) => (s.freebsd = { jail: { vnet: 'disable' } }),
      '/freebsd/jail/vnet must be one of new, inherit, got "disable"',
    ],
  ];
  test.each(wrong)('%s', (_name, change, message) => {
    expect(faultsOf(change)).toEqual([message]);
  });

  test('unknown keys are allowed', () => {
    expect(faultsOf((s) => (s.process.workdir = '/tmp'))).toEqual([]);
  });

  test('null counts as absent, as Go writes and reads it', () => {
    const text =
      '{"ociVersion":"1.0.0","root":{"path":"r"},"mounts":null,"linux":{"seccomp":null}}';
    expect(validateText(text)).toEqual({ ociVersion: '1.0.0', root: { path: 'r' }, linux: {} });
  });
});

describe('integers are exact', () => {
  type Field = [string, (s: Loose, n: unknown) => void, (number | bigint)[], unknown[]];
  const fields: Field[] = [
    [
      'uint64',
      (s, n) => (s.process.rlimits[0] = { type: 'RLIMIT_NOFILE', soft: 0, hard: n }),
      [0, 1.0, 1e3, 9007199254740991, 18446744073709551615n],
      [-1, 1.5, 18446744073709551616n, 1e20, -1n, '5', Number.NaN, Number.POSITIVE_INFINITY],
    ],
    [
      'int64',
      (s, n) => (s.linux.resources.memory = { limit: n }),
      [-1, 0, 9223372036854775807n, -9223372036854775808n, 9223372036854771712n, 1e18],
      [0.5, 9223372036854775808n, -9223372036854775809n, 2 ** 63, '1', true],
    ],
    [
      'uint32',
      (s, n) => (s.process.user.umask = n),
      [0, 511],
      [-1, 4294967296, 1.5, 18446744073709551615n, 5n, '0', null],
    ],
    ['uint16', (s, n) => (s.linux.resources.blockIO = { weight: n }), [0, 65535], [65536, -1, 0.1]],
    [
      'int32',
      (s, n) => (s.process.oomScoreAdj = n),
      [-1000, 1000],
      [2147483648, -2147483649, 1e-3],
    ],
  ];
  for (const [name, put, good, bad] of fields) {
    test.each(good)(`${name} takes %s`, (value) => {
      expect(faultsOf((s) => put(s, value))).toEqual([]);
    });
    test.each(bad.filter((value) => value !== null))(`${name} refuses %s`, (value) => {
      expect(faultsOf((s) => put(s, value))[0]).toMatch(
        /must be an integer from -?\d+ to \d+, got /,
      );
    });
  }

  test('through parse, validate and stringify, byte by byte', () => {
    const text = [
      '{"ociVersion":"1.3.0","process":{"args":["sh"],"cwd":"/","rlimits":[',
      '{"type":"RLIMIT_CORE","hard":18446744073709551615,"soft":18446744073709551615}]},',
      '"root":{"path":"rootfs"},"linux":{"resources":{"memory":',
      '{"limit":9223372036854771712,"swap":-1},"devices":[{"allow":true,"major":-1,"access":"r"}]}}}',
    ].join('');
    expect(stringifyJson(validateText(text))).toBe(text);
  });
});

describe('the process', () => {
  const source = { file: 'config.json', text: '{"ociVersion":"1.0.0","root":{"path":"r"}}' };

  test('may be missing for validation', () => {
    expect(validateText(source.text)).not.toHaveProperty('process');
  });

  test('is demanded where it is to be run', () => {
    const spec = validateText(source.text);
    expect(() => requireProcess(spec, source)).toThrow(
      'config.json:1:1: /process: process property must not be empty',
    );
  });
});

test('warnings are heard, and only those', () => {
  const heard: string[] = [];
  const spec = configWith((s) => (s.mounts[0].destination = 'proc'));
  validateConfig(spec, { file: 'config.json', warn: (message) => heard.push(message) });
  expect(heard).toEqual([
    'config.json: /mounts/0/destination: "proc" is relative, which is deprecated; it is taken from /',
  ]);
});
