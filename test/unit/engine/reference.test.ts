import { describe, expect, it } from 'vitest';
import {
  asDigest,
  familiarString,
  parseReference,
  referenceKey,
} from '../../../src/engine/images/reference.ts';

const hex = 'a'.repeat(64);

describe('parseReference', () => {
  it.each([
    ['busybox', 'docker.io', 'library/busybox', 'busybox:latest'],
    ['busybox:1.36', 'docker.io', 'library/busybox', 'busybox:1.36'],
    ['docker.io/library/busybox', 'docker.io', 'library/busybox', 'busybox:latest'],
    ['index.docker.io/a/b', 'docker.io', 'a/b', 'a/b:latest'],
    ['localhost/x', 'localhost', 'x', 'localhost/x:latest'],
    ['localhost:5000/x/y:t', 'localhost:5000', 'x/y', 'localhost:5000/x/y:t'],
    ['quay.io/a__b/c--d.e', 'quay.io', 'a__b/c--d.e', 'quay.io/a__b/c--d.e:latest'],
    ['[::1]:5000/x', '[::1]:5000', 'x', '[::1]:5000/x:latest'],
    ['library/a/b', 'docker.io', 'library/a/b', 'library/a/b:latest'],
    [`x:t@sha256:${hex}`, 'docker.io', 'library/x', `x@sha256:${hex}`],
  ])('reads %s', (text, domain, path, key) => {
    const reference = parseReference(text);
    expect(reference).toMatchObject({ domain, path });
    expect(referenceKey(reference)).toBe(key);
    expect(parseReference(familiarString(reference))).toEqual(reference);
  });

  it.each([
    ['Busybox', 'invalid reference format: repository name must be lowercase'],
    ['', 'invalid reference format'],
    ['a//b', 'invalid reference format'],
    ['../x', 'invalid reference format'],
    ['a:', 'invalid reference format'],
    [`a:${'t'.repeat(129)}`, 'invalid reference format'],
    ['a@sha256:12', 'invalid reference format'],
    ['a b', 'invalid reference format'],
    ['-a', 'invalid reference format'],
    [hex, `invalid repository name (${hex}), cannot specify 64-byte hexadecimal strings`],
    [`a/${'b'.repeat(255)}`, 'repository name must not be more than 255 characters'],
  ])('refuses %j', (text, message) => {
    expect(() => parseReference(text)).toThrow(message);
  });

  it('stays quick on names made to be slow', () => {
    const start = performance.now();
    expect(() => parseReference(`${'a-'.repeat(50_000)}!`)).toThrow('invalid reference format');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('asDigest', () => {
  it('tells digests from names', () => {
    expect(asDigest(hex)).toBe(`sha256:${hex}`);
    expect(asDigest(`sha256:${hex}`)).toBe(`sha256:${hex}`);
    expect(asDigest('sha256:abc')).toBeUndefined();
    expect(asDigest('busybox:latest')).toBeUndefined();
  });
});
