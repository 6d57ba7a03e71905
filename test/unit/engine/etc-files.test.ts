import { describe, expect, it } from 'vitest';
import { detachKeys } from '../../../src/engine/life/detach-keys.ts';
import { extraHosts, hostsText, ownEntry } from '../../../src/engine/start/hosts-file.ts';
import { containerResolvConf, isStubResolver } from '../../../src/engine/start/resolv-conf.ts';

const nothing = { servers: [], search: [], options: [] };

describe('hosts', () => {
  it('is byte for byte what dockerd 20.10 writes', () => {
    const text = hostsText([ownEntry('172.17.0.2', '906aaddf8c30', '')]);
    expect(text).toBe(
      '127.0.0.1\tlocalhost\n' +
        '::1\tlocalhost ip6-localhost ip6-loopback\n' +
        'fe00::0\tip6-localnet\n' +
        'ff00::0\tip6-mcastprefix\n' +
        'ff02::1\tip6-allnodes\n' +
        'ff02::2\tip6-allrouters\n' +
        '172.17.0.2\t906aaddf8c30\n',
    );
    expect(text).toHaveLength(174);
  });

  it('has a name with its domain, and as its first part', () => {
    expect(ownEntry('10.0.0.2', 'web', 'example.org').names).toBe('web.example.org web');
    expect(ownEntry('10.0.0.2', 'web.lan', '').names).toBe('web.lan web');
  });

  it('takes the entries of --add-host, IPv6 and the gateway too', () => {
    expect(extraHosts(['a:1.2.3.4', 'b:fe80::1', 'c:host-gateway'], '172.17.0.1')).toEqual([
      { address: '1.2.3.4', names: 'a' },
      { address: 'fe80::1', names: 'b' },
      { address: '172.17.0.1', names: 'c' },
    ]);
    expect(extraHosts(['c:host-gateway'], undefined)).toEqual([]);
  });
});

describe('resolv.conf', () => {
  it('is the host’s without name servers that only the host reaches', () => {
    const host = '# made\nsearch lan\nnameserver 127.0.0.1\nnameserver 10.1.1.1\nnameserver ::1\n';
    expect(containerResolvConf(host, nothing)).toBe('# made\nsearch lan\nnameserver 10.1.1.1\n');
    expect(containerResolvConf('nameserver fe80::1%eth0\nnameserver 9.9.9.9\n', nothing)).toBe(
      'nameserver 9.9.9.9\n',
    );
  });

  it('names public servers when none is left', () => {
    expect(containerResolvConf('search lan\nnameserver 127.0.0.53\n', nothing)).toBe(
      'search lan\n\nnameserver 8.8.8.8\nnameserver 8.8.4.4\n',
    );
  });

  it('is made of what the container wishes, and of the host for the rest', () => {
    const host = 'search lan\noptions ndots:2\nnameserver 10.1.1.1\n';
    expect(containerResolvConf(host, { ...nothing, servers: ['1.1.1.1', '1.0.0.1'] })).toBe(
      'search lan\nnameserver 1.1.1.1\nnameserver 1.0.0.1\noptions ndots:2\n',
    );
    expect(containerResolvConf(host, { ...nothing, search: ['.'], options: ['edns0'] })).toBe(
      'nameserver 10.1.1.1\noptions edns0\n',
    );
  });

  it('knows the stub of systemd-resolved', () => {
    expect(isStubResolver('nameserver 127.0.0.53\noptions edns0\n')).toBe(true);
    expect(isStubResolver('nameserver 127.0.0.53\nnameserver 1.1.1.1\n')).toBe(false);
  });
});

describe('detachKeys', () => {
  it('reads docker’s words', () => {
    expect(detachKeys(undefined)).toEqual([16, 17]);
    expect(detachKeys('ctrl-@,a,ctrl-[')).toEqual([0, 97, 27]);
    expect(() => detachKeys('ctrl-1')).toThrow('Invalid detach keys (ctrl-1)');
  });
});
