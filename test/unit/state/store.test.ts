import { describe, expect, test } from 'vitest';
import {
  makeContainerDirectory,
  readState,
  updateState,
  withLock,
  writeState,
} from '../../../src/state/store.ts';
import { FakeHost, failure } from '../lifecycle/fake-host.ts';
import { addContainer, record, root } from '../lifecycle/fixtures.ts';

describe('the store', () => {
  test('one mkdir decides who has the id', async () => {
    const host = new FakeHost();
    expect(await makeContainerDirectory(host, root, 'c1')).toBe(`${root}/c1`);
    await expect(makeContainerDirectory(host, root, 'c1')).rejects.toMatchObject({
      code: 'ERR_RUNDLET_ID_IN_USE',
    });
  });

  test('reads what it wrote, 0600, big integers exact', async () => {
    const host = new FakeHost();
    const dir = await makeContainerDirectory(host, root, 'c1');
    const written = record('c1', { init_process_start: 2n ** 63n });
    await writeState(host, dir, written);
    expect(host.argsOf('writeRecord')[0]).toMatchObject({ mode: 0o600 });
    expect(await readState(host, root, 'c1')).toEqual(written);
  });

  test('changes the record under the container’s lock', async () => {
    const host = new FakeHost();
    addContainer(host, 'c1');
    await updateState(host, root, 'c1', (old) => ({ ...old, created: 'now' }));
    expect(await readState(host, root, 'c1')).toMatchObject({ created: 'now' });
    expect(host.calls.map(({ op }) => op)).toEqual([
      'lock',
      'readText',
      'writeRecord',
      'unlock',
      'readText',
    ]);
  });

  test('gives the lock back when the work fails', async () => {
    const host = new FakeHost();
    addContainer(host, 'c1');
    const work = () => Promise.reject(new Error('no'));
    await expect(withLock(host, root, 'c1', work)).rejects.toThrow('no');
    expect(host.argsOf('unlock')).toEqual(host.calls.slice(-1).map(({ args }) => args));
  });

  test.each(['', '{', 'null', '[]', '{"id":"c1"}', '{"id":"c1","init_process_pid":"1"}'])(
    'a record %j is damaged',
    async (text) => {
      const host = new FakeHost();
      addContainer(host, 'c1');
      host.files.set(`${root}/c1/state.json`, text);
      await expect(readState(host, root, 'c1')).rejects.toMatchObject({
        code: 'ERR_RUNDLET_STATE_CORRUPT',
      });
    },
  );

  test('an unreadable record is a system error', async () => {
    const readText = () => {
      throw failure({ op: 'readText', syscall: 'openat', subject: 'x', errnoName: 'EACCES' });
    };
    await expect(readState(new FakeHost({ readText }), root, 'c1')).rejects.toMatchObject({
      code: 'ERR_RUNDLET_SYSTEM',
      errno: 'EACCES',
      message: 'openat x: permission denied',
    });
  });
});
