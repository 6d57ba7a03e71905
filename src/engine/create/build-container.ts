import { writeRecords } from '../containers/store.ts';
import type { Engine } from '../context.ts';
import type { Journal } from '../journal.ts';
import { createRwLayer, mountRwLayer, unmountRwLayer } from '../layers/rw-layer.ts';
import { findVolume, makeVolume, type VolumeWish, withVolumes } from '../volumes/volume-store.ts';
import { fillContainer } from './fill-container.ts';
import type { MountPlan } from './mount-points.ts';
import type { ContainerPlan } from './plan-container.ts';
import { stagingPath } from './undo-create.ts';

/** Makes layers, volumes and records, all but the last rename; undoCreate takes it back. */
export async function buildContainer(
  engine: Engine,
  { container, image, mounts }: ContainerPlan,
  journal: Journal,
): Promise<void> {
  const { id, config } = container;
  await createRwLayer(engine, { containerId: id, parentChain: image.topChain });
  await makeVolumes(engine, mounts, journal);
  const { WorkingDir } = config.Config;
  if (WorkingDir !== '' || mounts.volumes.size > 0) {
    const { merged } = await mountRwLayer(engine, id);
    try {
      await fillContainer(engine, merged, WorkingDir, mounts);
    } finally {
      await unmountRwLayer(engine, id);
    }
  }
  const staging = stagingPath(engine, id);
  for (const [path, mode] of [
    [staging, 0o710],
    [`${staging}/checkpoints`, 0o700],
  ] as const) {
    await engine.host.call('makeDirectory', { path, mode, parents: false });
  }
  const records = [`${staging}/config.v2.json`, `${staging}/hostconfig.json`] as const;
  await writeRecords(engine, container, ...records);
}

/** The journal knows a volume before it is made, and that it is used before somebody removes it. */
async function makeVolumes(engine: Engine, mounts: MountPlan, journal: Journal): Promise<void> {
  const wishes = [...mounts.volumes.values()];
  if (wishes.length === 0) return;
  await withVolumes(engine, async () => {
    const missing = new Map<string, VolumeWish>();
    for (const wish of wishes) {
      if (missing.has(wish.name)) continue;
      if ((await findVolume(engine, wish.name)) === undefined) missing.set(wish.name, wish);
    }
    await journal.write({
      ...journal.entry,
      volumes: [...missing.keys()],
      uses: wishes.map(({ name }) => name),
    });
    for (const wish of missing.values()) await makeVolume(engine, wish);
  });
}
