import { describe, expect, test } from 'vitest';
import { completeResources, updatedCgroup } from '../../../src/state/update-resources.ts';

const cgroup = (more: Record<string, unknown> = {}) => ({ path: '/c1', devices: [], ...more });

describe('what the kernel checks together is complete', () => {
  const current = cgroup({ memory: 64, memory_swap: 128, cpu_quota: 50, cpu_period: 100 });

  test.each([
    [{ limit: 32 }, { limit: 32, swap: 128 }],
    [{ swap: 256 }, { limit: 64, swap: 256 }],
    [
      { limit: 32, swap: 0 },
      { limit: 32, swap: 0 },
    ],
    [{ limit: -1 }, { limit: -1, swap: 0 }],
    [{ reservation: 7 }, { reservation: 7 }],
    [
      { limit: 0, swap: 0 },
      { limit: 0, swap: 0 },
    ],
  ])('memory %j', (memory, wanted) => {
    expect(completeResources(current, { memory })).toEqual({ memory: wanted });
  });

  test.each([
    [{ quota: 7 }, { quota: 7, period: 100 }],
    [{ period: 7 }, { quota: 50, period: 7 }],
    [{ quota: -1 }, { quota: -1, period: 100 }],
    [
      { quota: 0, period: 0 },
      { quota: 0, period: 0 },
    ],
    [{ shares: 2 }, { shares: 2 }],
  ])('cpu %j', (cpu, wanted) => {
    expect(completeResources(current, { cpu })).toEqual({ cpu: wanted });
  });

  test('without a record there is nothing to add; device rules are not carried on', () => {
    const asked = { cpu: { period: 7 }, devices: [{ allow: true, access: 'r' }] };
    expect(completeResources(cgroup(), asked)).toEqual({ cpu: { quota: 0, period: 7 } });
  });
});

describe('the record after it', () => {
  test('values in, zeros leave alone', () => {
    const current = cgroup({ memory: 1, pids_limit: 5, cpu_shares: 9, cpu_burst: 4 });
    const updated = updatedCgroup(current, {
      memory: { limit: 2, reservation: 0 },
      cpu: { shares: 0, burst: 0, idle: 0 },
      pids: { limit: 0 },
      blockIO: { weight: 0 },
    });
    expect(updated).toEqual(
      cgroup({ memory: 2, pids_limit: 0, cpu_shares: 9, cpu_burst: 0, cpu_idle: 0 }),
    );
    expect(current).toMatchObject({ memory: 1 });
  });

  test('an explicit zero of memory+swap forgets it', () => {
    const updated = updatedCgroup(cgroup({ memory: 1, memory_swap: 2 }), {
      memory: { limit: 3, swap: 0 },
    });
    expect(updated).toEqual(cgroup({ memory: 3 }));
  });

  test('lists by device, of two the last; maps by key', () => {
    const device = (rate: number, minor = 0) => ({ major: 8, minor, rate });
    const updated = updatedCgroup(
      cgroup({
        blkio_throttle_read_bps_device: [device(1), device(2), device(3, 16)],
        blkio_weight_device: [{ major: 8, minor: 0, weight: 5, leafWeight: 6 }],
        unified: { 'memory.high': '1', 'memory.min': '2' },
      }),
      {
        blockIO: {
          throttleReadBpsDevice: [device(9), device(4, 32)],
          weightDevice: [{ major: 8, minor: 0, weight: 7 }],
        },
        hugepageLimits: [{ pageSize: '2MB', limit: 8 }],
        unified: { 'memory.high': '3' },
      },
    );
    expect(updated).toMatchObject({
      blkio_throttle_read_bps_device: [device(1), device(9), device(3, 16), device(4, 32)],
      blkio_weight_device: [{ major: 8, minor: 0, weight: 7, leafWeight: 6 }],
      hugetlb_limit: [{ page_size: '2MB', limit: 8 }],
      unified: { 'memory.high': '3', 'memory.min': '2' },
    });
  });
});
