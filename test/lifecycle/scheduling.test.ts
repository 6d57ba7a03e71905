// process.scheduler, execCPUAffinity and linux.memoryPolicy, as the kernel's own files show them inside.
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { type Config, requires, skip, useBox } from '../support/index.ts';

const box = useBox();
/** proc_pid_stat(5): nice is field 19, the policy 41. */
const look = 'set -- $(cat /proc/self/stat); shift 18; echo nice $1; shift 22; echo policy $1';
const old = 'runc 1.1.5 has no such property';

describe('scheduling', () => {
  it('scheduler: policy and nice', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, old);
    const r = await box.run(look, (c: Config) => {
      Object.assign(c.process, { scheduler: { policy: 'SCHED_BATCH', nice: 19 } });
    });
    expect([r.stderr, r.stdout]).toEqual(['', 'nice 19\npolicy 3\n']);
  });

  it('the processors are those of the cgroup, not of the caller', async (ctx) => {
    requires(ctx, 'program taskset');
    if (box.runtime.name === 'runc') skip(ctx, old);
    const all = (await box.sh('grep Cpus_allowed_list /proc/self/status')).stdout;
    const bundle = box.bundle('grep Cpus_allowed_list /proc/self/status');
    const id = box.id();
    const r = await box.sh(
      `taskset -c 0 ${box.runtime.path} --root ${box.root} run -b ${bundle.dir} ${id}`,
    );
    expect([r.stderr, r.stdout]).toEqual(['', all]);
  });

  it('execCPUAffinity: the final list of an exec', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, old);
    if (cpus().length < 2) skip(ctx, 'needs two processors');
    const { id } = await box.running((c: Config) => {
      Object.assign(c.process, { execCPUAffinity: { initial: '0', final: '1' } });
    });
    const r = await box.ok(['exec', id, 'grep', 'Cpus_allowed_list', '/proc/self/status']);
    expect(r.stdout).toBe('Cpus_allowed_list:\t1\n');
  });

  it('memoryPolicy', async (ctx) => {
    requires(ctx, 'file /proc/self/numa_maps');
    if (box.runtime.name === 'runc') skip(ctx, old);
    const r = await box.run('head -n 1 /proc/self/numa_maps', (c: Config) => {
      const memoryPolicy = { mode: 'MPOL_BIND', nodes: '0', flags: ['MPOL_F_STATIC_NODES'] };
      Object.assign(c.linux, { memoryPolicy });
    });
    expect([r.stderr, r.stdout]).toEqual(['', expect.stringContaining(' bind=static:0 ')]);
  });
});
