// Creates that are killed, compete, or find a name taken.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { requires } from '../../support/index.ts';
import { repository } from '../../support/tools.ts';
import { type EngineRoots, makeEngineRoots } from '../support/engine-roots.ts';

let roots: EngineRoots;

beforeEach((ctx) => {
  requires(ctx, 'root');
  roots = makeEngineRoots();
  roots.image({ layers: 2 });
});
afterEach(() => roots.remove());

const names = (path: string) => {
  const directory = join(roots.dataRoot, path);
  return existsSync(directory) ? readdirSync(directory).sort() : [];
};

const program = join(repository, 'dist/bin/rundlet');

/** Starts a create; resolves to what it printed, `killed` when it did not get that far. */
function create(flags: string[], killAfter?: number): Promise<string> {
  const argv = ['--data-root', roots.dataRoot, '--exec-root', roots.execRoot];
  const child = spawn(program, [...argv, 'container', 'create', ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  child.stderr.on('data', (chunk) => (text += chunk));
  if (killAfter !== undefined) {
    child.once('spawn', () => {
      const end = process.hrtime.bigint() + BigInt(killAfter) * 1000n;
      const strike = () => {
        if (process.hrtime.bigint() < end) setImmediate(strike);
        else child.kill('SIGKILL');
      };
      strike();
    });
  }
  return new Promise((done) =>
    child.once('close', (code) => done(code === null ? 'killed' : text)),
  );
}

/** Every layer, link, volume and name in the data root belongs to a container that is whole. */
function expectWhole(): void {
  const ids = names('containers');
  expect(names('image/overlay2/layerdb/mounts')).toEqual(ids);
  const layers = ids.flatMap((id) => {
    const mount = roots.read(`image/overlay2/layerdb/mounts/${id}/mount-id`) ?? '';
    return [mount, `${mount}-init`];
  });
  const images = names('image/overlay2/layerdb/sha256').map((chain) =>
    roots.read(`image/overlay2/layerdb/sha256/${chain}/cache-id`),
  );
  expect(names('overlay2').filter((name) => name !== 'l')).toEqual([...layers, ...images].sort());
  const links = names('overlay2/l').map((name) =>
    readlinkSync(join(roots.dataRoot, 'overlay2/l', name))
      .split('/')
      .at(1),
  );
  expect(links.sort()).toEqual([...layers, ...images].sort());
  const records = ids.map((id) => JSON.parse(roots.read(`containers/${id}/config.v2.json`) ?? ''));
  const used = records.flatMap(({ MountPoints }) =>
    Object.values(MountPoints as Record<string, { Name: string }>).map(({ Name }) => Name),
  );
  expect(names('volumes')).toEqual([...new Set(used)].sort());
  expect(names('rundlet/volumes').map((name) => name.replace(/\.json$/, ''))).toEqual(
    names('volumes'),
  );
  expect(names('rundlet/journal')).toEqual([]);
  expect(names('rundlet').filter((name) => name.startsWith('create-'))).toEqual([]);
  expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(roots.dir);
}

test('a create that is killed at any moment has made all or, after the next command, nothing', async () => {
  const flags = ['-v', '/bin', '-v', 'named:/etc', '-w', '/new/place', '--name', 'same', 'busybox'];
  let killed = 0;
  for (let step = 0; step < 60; step++) {
    const said = await create(flags, 500 + step * 300);
    if (said === 'killed') killed++;
    roots.ok(['container', 'ls', '-a']);
    expectWhole();
    const [id] = names('containers');
    if (id === undefined) continue;
    // It was finished; away with it, for the next round.
    expect(roots.ok(['container', 'inspect', '--format', '{{.Name}}', 'same'])).toBe('/same');
    break;
  }
  expect(killed).toBeGreaterThan(5);
  if (names('containers').length === 0) await create(flags);
  expectWhole();
});

test('of those that want one name one gets it; generated names never meet', async () => {
  const said = await Promise.all(
    Array.from({ length: 12 }, (_, number) =>
      create([...(number % 2 ? ['--name', 'wanted'] : []), '-v', 'shared:/s', 'busybox']),
    ),
  );
  const made = said.filter((text) => /^[0-9a-f]{64}\n$/.test(text));
  expect(made).toHaveLength(7);
  const refused = said.filter((text) => !made.includes(text));
  for (const text of refused) {
    expect(text).toMatch(
      /^Error response from daemon: Conflict\. The container name "\/wanted" is already in use by container "[0-9a-f]{64}"\. You have to remove \(or rename\) that container to be able to reuse that name\.\n$/,
    );
  }
  expect(names('volumes')).toEqual(['shared']);
  expectWhole();
});

test('what fails at the end leaves nothing', () => {
  roots.ok(['container', 'create', '--name', 'first', 'busybox']);
  const directory = names('containers');
  const cidfile = join(roots.dir, 'nowhere/cid');
  for (const flags of [
    ['--cidfile', cidfile],
    ['-v', 'made:/bin/sh'],
    ['-w', '/bin/sh'],
  ]) {
    const flagsAll = ['-v', '/anonymous', '-v', 'other:/o', ...flags, 'busybox'];
    const { status, stdout } = roots.rundlet(['container', 'create', ...flagsAll]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(names('containers')).toEqual(directory);
    expectWhole();
  }
});
