import type { Linux } from '../spec/generated/config.ts';
import { joinPointer } from '../spec/json-pointer.ts';
import { addPrepare, type Draft, isRootless } from './draft.ts';
import { unsupported } from './plan-error.ts';

/** `linux.netDevices`: interfaces that leave the runtime's network namespace for the container's. */
export function planNetDevices(draft: Draft, { netDevices }: Linux): void {
  const devices = Object.entries(netDevices ?? {});
  if (devices.length > 0 && isRootless(draft.facts)) {
    throw unsupported(
      '/linux/netDevices',
      'network devices are not supported for rootless containers',
    );
  }
  for (const [name, device] of devices) {
    const from = joinPointer('/linux/netDevices', name);
    addPrepare(draft, from, { netDevice: { name, inside: device.name || name } });
  }
}
