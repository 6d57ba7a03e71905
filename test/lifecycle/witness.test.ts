// runc as the witness of our records: each reads what the other wrote, on the same --root.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Config, requires, skip, useBox, which } from '../support/index.ts';

const box = useBox();
const runc = which('runc') ?? 'runc';
beforeEach((ctx) => {
  requires(ctx, 'program runc');
  if (box.runtime.name === 'crun') skip(ctx, "crun's records are its own");
});

type Verb = (args: string[], options?: Parameters<typeof box.ok>[1]) => ReturnType<typeof box.ok>;
const ours: Verb = (args, options) => box.ok(args, options);
const theirs: Verb = (args, options) => box.ok(args, { ...options, program: runc });

const directions: [string, Verb, Verb][] = [
  ['runc on our container', ours, theirs],
  ['ours on a container of runc', theirs, ours],
];

for (const [name, maker, witness] of directions) {
  describe(name, () => {
    async function make(change?: (c: Config) => void, start = true) {
      const bundle = box.bundle(['/bin/probe', 'hold'], change);
      const id = box.id();
      const file = join(bundle.dir, 'pid');
      await maker(['create', '-b', bundle.dir, '--pid-file', file, id]);
      if (start) await maker(['start', id]);
      return { id, bundle, pid: Number(readFileSync(file, 'utf8')) };
    }

    it('state: the same words', async () => {
      const { id, pid, bundle } = await make((c) => {
        c.annotations = { 'org.example': 'x' };
      });
      const mine = JSON.parse((await maker(['state', id])).stdout);
      const other = JSON.parse((await witness(['state', id])).stdout);
      expect(other).toMatchObject({
        id,
        pid,
        status: 'running',
        bundle: bundle.dir,
        rootfs: bundle.rootfs,
        annotations: { 'org.example': 'x' },
      });
      for (const state of [mine, other]) {
        delete state.ociVersion;
        state.created = Date.parse(state.created); // runc drops the last zeros of the fraction
      }
      expect(other).toEqual(mine);
    });

    it('created, running, stopped', async () => {
      const { id } = await make(undefined, false);
      const status = async () => JSON.parse((await witness(['state', id])).stdout);
      expect((await status()).status).toBe('created');
      await maker(['start', id]);
      expect((await status()).status).toBe('running');
      await maker(['kill', id, 'KILL']);
      await box.status(id, 'stopped');
      expect(await status()).toMatchObject({ status: 'stopped', pid: 0 });
    });

    it('list, table and JSON', async () => {
      const { id, pid, bundle } = await make();
      const [first] = JSON.parse((await witness(['list', '-f', 'json'])).stdout);
      expect(first).toMatchObject({
        id,
        pid,
        status: 'running',
        bundle: bundle.dir,
        owner: 'root',
      });
      // runc drops the last zeros of the time: the words are compared, not the width of the column
      const words = (text: string) =>
        text.split(/\s{2,}|\n/).map((word) => word.replace(/(\.\d*?)0+Z$/, '$1Z'));
      expect(words((await witness(['list'])).stdout)).toEqual(
        words((await maker(['list'])).stdout),
      );
    });

    it('start', async () => {
      const { id } = await make(undefined, false);
      await witness(['start', id]);
      expect((await box.state(id)).status).toBe('running');
    });

    it('kill', async () => {
      const { id } = await make();
      await witness(['kill', id, 'KILL']);
      await box.status(id, 'stopped');
    });

    it('ps', async () => {
      const { id, pid } = await make();
      expect(JSON.parse((await witness(['ps', '-f', 'json', id])).stdout)).toEqual([pid]);
    });

    it('exec: namespaces, cgroups, capabilities, rlimits, no_new_privs, seccomp', async () => {
      const { id } = await make((c) => {
        // not NOFILE: Go raises its own while it starts, and runc's exec may inherit that
        c.process.rlimits = [{ type: 'RLIMIT_NPROC', soft: 5123, hard: 5234 }];
        c.linux.seccomp = {
          defaultAction: 'SCMP_ACT_ALLOW',
          architectures: ['SCMP_ARCH_X86_64'],
          syscalls: [{ names: ['getpgrp'], action: 'SCMP_ACT_ERRNO' }],
        };
      });
      const script =
        'for n in ipc mnt net pid uts; do readlink /proc/self/ns/$n; done; cat /proc/self/cgroup; grep -E "^(Cap|NoNew|Seccomp:)" /proc/self/status; grep "Max processes" /proc/self/limits; probe call 111; env | sort; pwd; id';
      const mine = await maker(['exec', id, 'sh', '-c', script]);
      const other = await witness(['exec', id, 'sh', '-c', script]);
      expect(other.stdout).toBe(mine.stdout);
      expect(other.stdout).toContain('-1 EPERM');
      expect(other.stdout).toMatch(/Max processes +5123 +5234/);
    });

    it('exec into a user namespace', async () => {
      const { id } = await make((c) => {
        c.linux.namespaces.push({ type: 'user' });
        c.linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
        c.linux.gidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }];
      });
      const r = await witness(['exec', id, 'sh', '-c', 'id -u; cat /proc/self/uid_map']);
      expect(r.stdout.replaceAll(/ +/g, ' ')).toBe('0\n 0 100000 65536\n');
    });

    it('delete of a stopped one leaves nothing', async () => {
      const { id } = await make();
      await maker(['kill', id, 'KILL']);
      await box.status(id, 'stopped');
      await witness(['delete', id]);
      await box.expectNothingLeft();
    });

    it('delete --force of a running one leaves nothing', async () => {
      const { id } = await make();
      await witness(['delete', '--force', id]);
      await box.expectNothingLeft();
    });

    it('runs the poststop hooks of the other', async () => {
      const log = join(box.folder(), 'log');
      const { id } = await make((c) => {
        c.hooks = { poststop: [{ path: '/bin/sh', args: ['sh', '-c', `echo gone >> ${log}`] }] };
      });
      await witness(['delete', '--force', id]);
      expect(readFileSync(log, 'utf8')).toBe('gone\n');
    });

    it('refuses the id of the other', async () => {
      const { id, bundle } = await make();
      await expect(witness(['create', '-b', bundle.dir, id])).rejects.toThrow('already exists');
    });

    it('limits', async () => {
      const { id } = await make((c) => {
        c.linux.resources.memory = { limit: 67108864 };
        c.linux.resources.pids = { limit: 50 };
      });
      const state = JSON.parse(readFileSync(join(box.root, id, 'state.json'), 'utf8'));
      expect(state.config.cgroups).toMatchObject({ memory: 67108864, pids_limit: 50 });
      expect(state.cgroup_paths.memory).toBe(box.cgroup('memory', id));
      await witness(['exec', id, 'true']);
    });
  });
}
