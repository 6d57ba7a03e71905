import { RundletError } from '../errors/rundlet-error.ts';
import type { HostFacts, UnitManager } from '../host/generated/plan.ts';
import type { Host } from '../host/host.ts';
import { failureReason, isHostError } from '../host/host-error.ts';
import { pathExists } from '../host/path-exists.ts';
import type { SystemdFacts } from '../plan/plan-options.ts';
import { utf8Bytes } from '../spec/utf8-bytes.ts';
import type { RuntimeContext } from './types.ts';

/**
 * The systemd that makes this user's units, asked for what plans need to know of it. `rootless` tells
 * whether it is a user's.
 */
export async function systemdFacts(
  { host, rootless }: RuntimeContext,
  facts: HostFacts,
): Promise<SystemdFacts & { rootless: boolean }> {
  if (!(await pathExists(host, '/run/systemd/system'))) {
    const message = 'systemd not running on this host, cannot use systemd cgroups manager';
    throw new RundletError('ERR_RUNDLET_UNSUPPORTED', message, {
      hint: 'use the cgroupfs driver of the engine, without --systemd-cgroup',
    });
  }
  const user = rootless ?? (await isUser(host, facts));
  if (user && facts.cgroup.version === 'v1') {
    const message = 'cannot use rootless systemd cgroups manager on cgroup v1';
    throw new RundletError('ERR_RUNDLET_UNSUPPORTED', message);
  }
  const manager = await unitManager(host, user);
  try {
    const { version, controlGroup } = await host.call('systemdManager', { manager });
    return { manager, version: versionNumber(version), controlGroup, rootless: user };
  } catch (error) {
    if (!isHostError(error)) throw error;
    throw new RundletError('ERR_RUNDLET_SYSTEM', failureReason(error.failure), {
      hint: 'the systemd driver needs the bus of D-Bus: package dbus, for a user dbus-user-session',
      cause: error,
    });
  }
}

/** By its bus: the system's, or a user's as the environment tells. */
export async function unitManager(host: Host, user: boolean): Promise<UnitManager> {
  if (!user) return {};
  const bus = await sessionBus(host);
  if (bus === undefined) {
    const message =
      'could not detect DBUS_SESSION_BUS_ADDRESS from the environment; make sure you have installed ' +
      'the dbus-user-session or dbus-daemon package; note you may need to re-login';
    throw new RundletError('ERR_RUNDLET_SYSTEM', message);
  }
  const uid = await outerUid(host);
  return { bus, ...(uid !== undefined && { uid }) };
}

/** Root of a user namespace may be the root of a system container, or a user. */
async function isUser(host: Host, { euid, inUserNamespace }: HostFacts): Promise<boolean> {
  if (euid !== 0) return true;
  if (!inUserNamespace || (await outerUid(host)) === 0) return false;
  return (await sessionBus(host)) !== undefined;
}

async function sessionBus(host: Host): Promise<string | undefined> {
  const { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: directory } = host.env;
  if (address) return address;
  if (!directory || !(await pathExists(host, `${directory}/bus`))) return undefined;
  // https://dbus.freedesktop.org/doc/dbus-specification.html#addresses
  const escaped = `${directory}/bus`.replace(/[^-0-9A-Za-z_/.\\*]/gu, percent);
  return `unix:path=${escaped}`;
}

function percent(character: string): string {
  return utf8Bytes(character)
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('');
}

/** What the root of this user namespace is outside of it; undefined for the host's own. */
async function outerUid(host: Host): Promise<number | undefined> {
  const { inUserNamespace, euid } = await host.call('facts', null);
  if (!inUserNamespace) return undefined;
  const map = await host.call('readText', { path: '/proc/self/uid_map', max: 65536 });
  for (const line of map.split('\n')) {
    const [inside = Number.NaN, outside = 0, size = 0] = line.trim().split(/\s+/).map(Number);
    if (euid >= inside && euid < inside + size) return outside + (euid - inside);
  }
  return undefined;
}

/** `252.38-1~deb12u1`, `v245-1.fc32` → the first number; -1 without one. */
function versionNumber(text: string): number {
  return Number(/\d+/.exec(text)?.[0] ?? -1);
}
