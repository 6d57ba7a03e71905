// linux.netDevices: interfaces of the caller's network namespace that go into the container's.
import { describe, expect, it } from 'vitest';
import { type Config, requires, skip, useBox } from '../support/index.ts';

const box = useBox();

const withDevices =
  (netDevices: Record<string, { name?: string }>) =>
  (c: Config): void => {
    Object.assign(c.linux, { netDevices });
  };

/** A veth pair in the room; its second end stays. */
async function pair(name: string, ...more: string[]): Promise<void> {
  const commands = [`ip link add ${name} type veth peer name ${name}p`, ...more];
  const r = await box.sh(commands.join(' && '));
  expect(r.stderr).toBe('');
}
const drop = (name: string) => box.sh(`ip link del ${name}p 2>/dev/null; true`);

describe('network devices', () => {
  it('goes into a new namespace: up, with mac, mtu and addresses of both families', async (ctx) => {
    requires(ctx, 'program ip');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    await pair(
      'nd0',
      'ip link set nd0 address 00:11:22:33:44:55 mtu 1789 up',
      'ip addr add 169.254.169.77/32 dev nd0',
      'ip addr add 127.0.0.33/8 scope host dev nd0',
      'ip -6 addr add 2001:db8::7/64 dev nd0 nodad',
    );
    const r = await box.run('ip addr show dev nd0', withDevices({ nd0: {} }));
    expect(r.stderr).toBe('');
    expect(r.stdout).toMatch(/<[^>]*\bUP\b/);
    expect(r.stdout).toContain('mtu 1789');
    expect(r.stdout).toContain('00:11:22:33:44:55');
    expect(r.stdout).toContain('inet 169.254.169.77/32 ');
    expect(r.stdout).toContain('inet6 2001:db8::7/64 ');
    // belongs to the host
    expect(r.stdout).not.toContain('127.0.0.33');
    await drop('nd0');
  });

  it('with a new name, or one that the kernel completes', async (ctx) => {
    requires(ctx, 'program ip');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    await pair('nd1');
    await pair('nd2', 'ip addr add 10.9.8.7/24 dev nd2');
    const devices = withDevices({ nd1: { name: 'eth0' }, nd2: { name: 'eth%d' } });
    const r = await box.run('ip -o -4 addr show dev eth1; ls /sys/class/net', devices);
    expect(r.stderr).toBe('');
    expect(r.stdout).toContain('10.9.8.7/24');
    expect(r.stdout).toMatch(/eth0\neth1\nlo\n$/);
    await drop('nd1');
    await drop('nd2');
  });

  it('into a namespace with a path, and it stays there', async (ctx) => {
    requires(ctx, 'program ip');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    await pair('nd3', 'ip addr add 10.9.9.1/24 dev nd3');
    const file = `${box.folder()}/netns`;
    await box.sh(`touch ${file} && unshare -n mount --bind /proc/self/ns/net ${file}`);
    const r = await box.run('ip -o -4 addr show dev in3', (c) => {
      c.linux.namespaces = c.linux.namespaces.map((one) =>
        one.type === 'network' ? { ...one, path: file } : one,
      );
      withDevices({ nd3: { name: 'in3' } })(c);
    });
    const after = await box.sh(`nsenter --net=${file} ip -o -4 addr show dev in3; umount ${file}`);
    expect(r.stderr).toBe('');
    expect(r.stdout).toContain('10.9.9.1/24');
    expect(after.stdout).toContain('10.9.9.1/24');
    await drop('nd3');
  });

  it('with a user namespace', async (ctx) => {
    requires(ctx, 'program ip', 'userns');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    await pair('nd4', 'ip addr add 10.9.10.1/24 dev nd4');
    const r = await box.run('ip -o -4 addr show dev nd4', (c) => {
      const maps = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
      c.linux.namespaces.push({ type: 'user' });
      Object.assign(c.linux, { uidMappings: maps, gidMappings: maps });
      withDevices({ nd4: {} })(c);
    });
    expect(r.stderr).toBe('');
    expect(r.stdout).toContain('10.9.10.1/24');
    await drop('nd4');
  });

  it('one that is not there is named, and nothing is left', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    const r = await box.run('true', withDevices({ nosuch0: {} }));
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('link not found for interface nosuch0 on runtime namespace');
    expect(r.stderr).toContain('/linux/netDevices/nosuch0');
  });

  it('a name that is taken there: it stays where it is', async (ctx) => {
    requires(ctx, 'program ip');
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    await pair('nd5', 'ip link set nd5 up');
    const r = await box.run('true', withDevices({ nd5: { name: 'lo' } }));
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('fail to move network device nd5');
    expect((await box.sh('ip link show dev nd5')).stdout).toMatch(/<[^>]*\bUP\b/);
    await drop('nd5');
  });

  it('without a network namespace is refused', async (ctx) => {
    if (box.runtime.name === 'runc') skip(ctx, 'runc 1.1.5 has no netDevices');
    const r = await box.run('true', (c) => {
      c.linux.namespaces = c.linux.namespaces.filter(({ type }) => type !== 'network');
      withDevices({ lo: { name: 'lo1' } })(c);
    });
    expect(r.code).toBe(1);
    expect(r.stderr).toContain('unable to move network devices without a NET namespace');
  });
});
