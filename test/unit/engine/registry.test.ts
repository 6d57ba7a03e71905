import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../../src/engine/registry/base64.ts';
import { parseChallenges } from '../../../src/engine/registry/challenge.ts';
import { endpointsOf } from '../../../src/engine/registry/endpoint.ts';
import { parsePlatform } from '../../../src/engine/registry/parse-platform.ts';
import { faultText, readFault } from '../../../src/engine/registry/registry-error.ts';

describe('base64', () => {
  it.each(['', 'a', 'ab', 'abc', 'me:pä:ss€', '\u{1f433}:x'])(
    'of %j is Node’s, and back',
    (text) => {
      expect(toBase64(text)).toBe(Buffer.from(text).toString('base64'));
      expect(fromBase64(toBase64(text))).toBe(text);
    },
  );
  it('is none with other characters or of no text', () => {
    expect(fromBase64('a*b=')).toBeUndefined();
    expect(fromBase64(Buffer.from([0xff, 0xfe]).toString('base64'))).toBeUndefined();
  });
});

describe('parseChallenges', () => {
  it('reads several of one header, with quoted commas and escapes', () => {
    const header =
      'Bearer realm="https://auth.example/token",service="a, \\"b\\"" , scope=x, Basic Realm="y"';
    expect(parseChallenges(header)).toEqual([
      {
        scheme: 'bearer',
        parameters: { realm: 'https://auth.example/token', service: 'a, "b"', scope: 'x' },
      },
      { scheme: 'basic', parameters: { realm: 'y' } },
    ]);
  });
  it('ends at what is malformed', () => {
    expect(parseChallenges('')).toEqual([]);
    expect(parseChallenges('Negotiate')).toEqual([{ scheme: 'negotiate', parameters: {} }]);
    expect(parseChallenges('Basic realm="y", "')).toHaveLength(1);
    expect(parseChallenges('=, x')).toEqual([]);
  });
});

describe('endpointsOf', () => {
  const http = (domain: string, insecure?: string[]) =>
    endpointsOf(domain, insecure).some(({ url }) => url.startsWith('http:'));
  it('is https, but on this machine and where the user says so', () => {
    expect(endpointsOf('docker.io')).toEqual([
      { url: 'https://registry-1.docker.io', insecure: false },
    ]);
    expect(endpointsOf('r.example:5000')).toEqual([
      { url: 'https://r.example:5000', insecure: false },
    ]);
    expect(endpointsOf('localhost:5000').map(({ url }) => url)).toEqual([
      'https://localhost:5000',
      'http://localhost:5000',
    ]);
    for (const own of ['127.0.0.1', '127.1.2.3:80', '[::1]:5000', 'localhost']) {
      expect(http(own), own).toBe(true);
    }
    for (const far of ['127.example', '128.0.0.1', 'localhost.example', '127.0.0.1.example']) {
      expect(http(far), far).toBe(false);
    }
    expect(http('10.1.2.3:5000', ['10.0.0.0/8'])).toBe(true);
    expect(http('11.1.2.3:5000', ['10.0.0.0/8'])).toBe(false);
    expect(http('r.example:5000', ['r.example:5000'])).toBe(true);
    expect(http('r.example:5001', ['r.example:5000'])).toBe(false);
    expect(http('docker.io', ['0.0.0.0/0'])).toBe(false);
  });
});

describe('parsePlatform', () => {
  it.each([
    ['', { os: 'linux', architecture: 'amd64' }],
    ['linux', { os: 'linux', architecture: 'amd64' }],
    ['aarch64', { os: 'linux', architecture: 'arm64' }],
    ['Linux/ARM64/v8', { os: 'linux', architecture: 'arm64', variant: 'v8' }],
  ])('%j', (text, platform) => {
    expect(parsePlatform(text, 'amd64')).toEqual(platform);
  });
  it.each(['a/b/c/d', 'linux/', '/', 'x y'])('refuses %j', (text) => {
    expect(() => parsePlatform(text, 'amd64')).toThrow('is an invalid platform');
  });
});

describe('readFault', () => {
  const said = (status: number, text: string) => faultText(readFault({ status, text }));
  it('is in Go’s words', () => {
    const one = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}';
    expect(said(404, one)).toBe('manifest unknown: manifest unknown');
    expect(said(401, '')).toBe('unauthorized: authentication required');
    expect(said(403, '[]')).toBe('denied: requested access to the resource is denied');
    expect(said(503, '<html>')).toBe('received unexpected HTTP status: 503 Service Unavailable');
    expect(said(418, '{"errors":[null]}')).toBe('received unexpected HTTP status: 418');
    expect(said(400, '{"errors":[{"code":"X_Y"}]}')).toBe('x y: x y');
  });
});
