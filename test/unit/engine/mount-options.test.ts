import { expect, test } from 'vitest';
import { isIpAddress, isIpv6 } from '../../../src/engine/network/ip-address.ts';
import { mountOptions } from '../../../src/engine/volumes/mount-options.ts';

test.each([
  ['', 0, ''],
  ['defaults', 0, ''],
  ['ro,nosuid,size=1m,uid=1000', 0x3, 'size=1m,uid=1000'],
  ['ro,rw', 0, ''],
  ['bind', 0x1000, ''],
  ['rbind,noexec', 0x5008, ''],
  ['addr=10.0.0.1,nolock,soft', 0, 'addr=10.0.0.1,nolock,soft'],
])('%s', (text, flags, data) => {
  expect(mountOptions(text)).toEqual({ flags, data });
});

test.each(['::', '::1', 'fe80::1', '1:2:3:4:5:6:7:8', '::ffff:1.2.3.4', '1::'])('%s', (text) => {
  expect(isIpv6(text)).toBe(true);
});

test.each(['', ':', ':::', '1:2', '1:2:3:4:5:6:7:8:9', 'g::', '1::2::3', '::1.2.3', 'fe80::1%lo'])(
  'no address: "%s"',
  (text) => {
    expect(isIpAddress(text)).toBe(false);
  },
);
