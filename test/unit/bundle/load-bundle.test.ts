import { describe, expect, test } from 'vitest';
import { checkRootfs, loadBundle } from '../../../src/bundle/load-bundle.ts';
import { absolutePath } from '../../../src/spec/clean-path.ts';
import { FakeHost, failure } from '../lifecycle/fake-host.ts';
import { bundle, launchHost, spec } from '../lifecycle/fixtures.ts';

describe('loading a bundle', () => {
  test('reads config.json once', async () => {
    const host = launchHost();
    const loaded = await loadBundle(host, bundle);
    expect(loaded).toMatchObject({ bundle, spec: spec() });
    expect(host.argsOf('readText')).toHaveLength(1);
  });

  test('a relative bundle counts from the working directory, symlinks are resolved', async () => {
    const host = launchHost(spec(), {
      realPath: ({ path }) => (path === '/work/link' ? bundle : path),
    });
    // where the link leads to
    host.files.set('/work/link/config.json', JSON.stringify(spec()));
    expect((await loadBundle(host, './link')).bundle).toBe(bundle);
  });

  test('no bundle, no config', async () => {
    await expect(loadBundle(new FakeHost(), '/nosuch')).rejects.toMatchObject({
      code: 'ERR_RUNDLET_BUNDLE_MISSING',
      message: 'chdir /nosuch: no such file or directory',
    });
    const host = new FakeHost();
    host.directories.add(bundle);
    await expect(loadBundle(host, bundle)).rejects.toMatchObject({
      code: 'ERR_RUNDLET_BUNDLE_MISSING',
      message: 'JSON specification file config.json not found',
    });
  });

  test('a config that is too large, unreadable, or no JSON', async () => {
    const failing = (errnoName: string) =>
      launchHost(spec(), {
        readText: () => {
          throw failure({ op: 'readText', syscall: 'read', subject: 'config.json', errnoName });
        },
      });
    await expect(loadBundle(failing('EFBIG'), bundle)).rejects.toMatchObject({
      code: 'ERR_RUNDLET_CONFIG_TOO_LARGE',
    });
    await expect(loadBundle(failing('EACCES'), bundle)).rejects.toMatchObject({
      code: 'ERR_RUNDLET_SYSTEM',
      errno: 'EACCES',
    });
    const host = launchHost();
    host.files.set(`${bundle}/config.json`, '{"a":');
    await expect(loadBundle(host, bundle)).rejects.toMatchObject({
      code: 'ERR_RUNDLET_CONFIG_SYNTAX',
      location: { file: 'config.json' },
    });
  });

  test('what is doubtful is told', async () => {
    const warnings: string[] = [];
    const config = spec({ linux: { personality: { domain: 'LINUX', flags: ['x'] } } });
    await loadBundle(launchHost(config), bundle, (text) => warnings.push(text));
    expect(warnings.join()).toContain('personality');
  });
});

describe('the rootfs', () => {
  const at = (path: string) => ({
    bundle,
    file: 'config.json',
    text: '',
    spec: spec({ root: { path } }),
  });

  test('relative paths count from the bundle', async () => {
    expect(await checkRootfs(launchHost(), at('rootfs'))).toBe('/bundle/rootfs');
    expect(await checkRootfs(launchHost(), at('./x/../rootfs/'))).toBe('/bundle/rootfs');
  });

  test('missing, a symlink, or not said at all', async () => {
    await expect(checkRootfs(launchHost(), at('no'))).rejects.toMatchObject({
      message: 'invalid rootfs: stat /bundle/no: no such file or directory',
      pointer: '/root/path',
    });
    const link = launchHost(spec(), { realPath: () => '/elsewhere' });
    await expect(checkRootfs(link, at('rootfs'))).rejects.toThrow(
      'invalid rootfs: not an absolute path, or a symlink',
    );
    const rootless = { bundle, file: 'config.json', text: '', spec: { ociVersion: '1.3.0' } };
    await expect(checkRootfs(launchHost(), rootless)).rejects.toThrow('root must be specified');
  });
});

test.each([
  ['/a', '/b/../c', '/c'],
  ['/a', 'b/./c', '/a/b/c'],
  ['/a', '../../..', '/'],
  ['/', 'x', '/x'],
])('%s and %s make %s', (base, path, result) => expect(absolutePath(base, path)).toBe(result));
