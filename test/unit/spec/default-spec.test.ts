import { describe, expect, test } from 'vitest';
import { defaultSpec } from '../../../src/spec/default-spec.ts';
import { unknownKeys } from '../../../src/spec/unknown-keys.ts';
import { findConfigViolations } from '../../../src/spec/validate-config.ts';

const variants = {
  privileged: defaultSpec(),
  'with the cgroups of v1': defaultSpec({ cgroupNamespace: false }),
  rootless: defaultSpec({ rootless: { uid: 1000, gid: 1001 } }),
};

describe('defaultSpec', () => {
  test.each(Object.entries(variants))('%s is valid', (_name, spec) => {
    expect(findConfigViolations(spec)).toEqual([]);
    expect(unknownKeys(spec)).toEqual([]);
  });

  test('has the keys of runc spec in its order', () => {
    const { process, linux, ...rest } = variants.privileged;
    expect(Object.keys(variants.privileged)).toEqual([
      ...['ociVersion', 'process', 'root', 'hostname', 'mounts', 'linux'],
    ]);
    expect(rest.mounts?.map((mount) => mount.destination)).toEqual([
      ...['/proc', '/dev', '/dev/pts', '/dev/shm', '/dev/mqueue', '/sys', '/sys/fs/cgroup'],
    ]);
    expect(process?.capabilities).not.toHaveProperty('ambient');
    expect(linux?.namespaces?.map(({ type }) => type)).toEqual([
      ...['pid', 'network', 'ipc', 'uts', 'mount', 'cgroup'],
    ]);
  });

  test('rootless: own ids, host network, no resources, no gid options, bound /sys', () => {
    const { linux, mounts } = variants.rootless;
    expect(linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1000, size: 1 }]);
    expect(linux?.gidMappings).toEqual([{ containerID: 0, hostID: 1001, size: 1 }]);
    expect(linux?.namespaces?.map(({ type }) => type)).not.toContain('network');
    expect(linux?.namespaces?.at(-1)).toEqual({ type: 'user' });
    expect(linux).not.toHaveProperty('resources');
    expect(mounts?.flatMap((mount) => mount.options ?? [])).not.toContain('gid=5');
    expect(mounts?.find((mount) => mount.destination === '/sys')?.source).toBe('/sys');
  });

  test('two calls share nothing', () => {
    const first = defaultSpec();
    first.mounts?.pop();
    first.linux?.maskedPaths?.pop();
    first.process?.capabilities?.bounding?.pop();
    expect(defaultSpec()).toEqual(variants.privileged);
  });
});
