import type { RuntimeContext } from '../../../src/lifecycle/types.ts';
import type { Spec } from '../../../src/spec/generated/config.ts';
import type { StateRecord } from '../../../src/state/state-record.ts';
import { type Answers, event, FakeHost } from './fake-host.ts';

export const root = '/run/rundlet';
export const bundle = '/bundle';

/** A small config that needs nothing of the host. */
export function spec(more: Partial<Spec> = {}): Spec {
  return {
    ociVersion: '1.3.0',
    process: { cwd: '/', args: ['true'], user: { uid: 0, gid: 0 }, env: ['PATH=/bin'] },
    root: { path: 'rootfs' },
    linux: { namespaces: [{ type: 'pid' }, { type: 'mount' }] },
    ...more,
  };
}

/** A host with one bundle, whose launch goes without a hitch: barrier, ready, gate (, running). */
export function launchHost(config: Spec = spec(), answers: Answers = {}): FakeHost {
  const host = new FakeHost({
    launch: () => event('ready'),
    launchContinue: (_, count) => event(count === 0 ? 'ready' : 'running'),
    ...answers,
  });
  host.directories.add(bundle).add(`${bundle}/rootfs`);
  host.files.set(`${bundle}/config.json`, JSON.stringify(config, undefined, 2));
  return host;
}

export function contextOf(host: FakeHost, more: Partial<RuntimeContext> = {}): RuntimeContext {
  return { host, root, ...more };
}

/** A record as runc writes it, with what matters here. */
export function record(id: string, more: Partial<StateRecord> = {}): StateRecord {
  return {
    id,
    init_process_pid: 4242,
    init_process_start: 99,
    created: '2026-11-24T03:53:12.078739079Z',
    config: {
      rootfs: `${bundle}/rootfs`,
      namespaces: [
        { type: 'NEWPID', path: '' },
        { type: 'NEWNS', path: '' },
      ],
      cgroups: { name: id, devices: [] },
      version: '1.0.2-dev',
      labels: ['a.b=c=d', `bundle=${bundle}`],
    },
    cgroup_paths: {
      freezer: `/sys/fs/cgroup/freezer/${id}`,
      devices: `/sys/fs/cgroup/devices/${id}`,
    },
    ...more,
  };
}

/** Puts a container's record where the verbs look for it. */
export function addContainer(host: FakeHost, id: string, more: Partial<StateRecord> = {}): void {
  host.directories.add(root).add(`${root}/${id}`);
  host.files.set(`${root}/${id}/state.json`, JSON.stringify(record(id, more)));
}
