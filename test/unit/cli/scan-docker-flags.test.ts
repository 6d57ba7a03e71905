import { describe, expect, test } from 'vitest';
import { containerFlags } from '../../../src/cli/engine/container/create-flags.ts';
import { scanDockerFlags } from '../../../src/cli/engine/scan-docker-flags.ts';

const scan = (...words: string[]) => scanDockerFlags(containerFlags, words, true);
const flags = (...words: string[]) =>
  scan(...words).tokens.filter((token) => token !== '--disable-content-trust');

describe('docker’s flags', () => {
  test('short ones may be joined, the last with its value', () => {
    expect(flags('-it')).toEqual(['--interactive', '--tty']);
    expect(flags('-itv', '/a:/b')).toEqual(['--interactive', '--tty', '--volume=/a:/b']);
    expect(flags('-p80:80', '-p', '81:81', '-p=82:82')).toEqual([
      '--publish=80:80',
      '--publish=81:81',
      '--publish=82:82',
    ]);
    expect(flags('-eA=B')).toEqual(['--env=A=B']);
    expect(flags('-t=false', '-i=true')).toEqual(['--interactive']);
  });

  test('long ones take = or the next word; a boolean only =', () => {
    expect(flags('--name', 'a', '--hostname=b=c')).toEqual(['--name=a', '--hostname=b=c']);
    expect(flags('--rm=false', '--init')).toEqual(['--init']);
    expect(scan('--rm', 'true').args).toEqual(['true']);
    expect(flags('--name', '--rm')).toEqual(['--name=--rm']);
  });

  test('they end at the image and at --', () => {
    expect(scan('-i', 'image', 'cmd', '-t')).toMatchObject({ args: ['image', 'cmd', '-t'] });
    expect(scan('--', '-t')).toMatchObject({ args: ['-t'] });
    expect(scanDockerFlags(containerFlags, ['a', '-t', 'b'], false)).toMatchObject({
      args: ['a', 'b'],
    });
  });

  test('one given once counts by its last, one that is on by default can be turned off', () => {
    expect(flags('--name=a', '--name=b')).toEqual(['--name=b']);
    expect(scan().tokens).toEqual(['--disable-content-trust']);
    expect(scan('--disable-content-trust=false').tokens).toEqual([]);
  });

  test('help, long and short, unless the letter is a flag', () => {
    expect(scan('--help').help).toBe(true);
    expect(scan('-h', 'box').tokens).toContain('--hostname=box');
    expect(scanDockerFlags({}, ['-h'], true).help).toBe(true);
  });

  test.each([
    [['--nosuch'], 'unknown flag: --nosuch'],
    [['--nosuch=1'], 'unknown flag: --nosuch'],
    [['-itz'], "unknown shorthand flag: 'z' in -itz"],
    [['--name'], 'flag needs an argument: --name'],
    [['-ie'], "flag needs an argument: 'e' in -ie"],
    [['--=x'], 'bad flag syntax: --=x'],
    [['---x'], 'bad flag syntax: ---x'],
    [
      ['--rm=maybe'],
      'invalid argument "maybe" for "--rm" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [
      ['--tty=x'],
      'invalid argument "x" for "-t, --tty" flag: strconv.ParseBool: parsing "x": invalid syntax',
    ],
    [
      ['-c', 'many'],
      'invalid argument "many" for "-c, --cpu-shares" flag: strconv.ParseInt: parsing "many": invalid syntax',
    ],
    [
      ['--pids-limit', '99999999999999999999'],
      'invalid argument "99999999999999999999" for "--pids-limit" flag: strconv.ParseInt: parsing "99999999999999999999": value out of range',
    ],
    [['--constructor'], 'unknown flag: --constructor'],
  ])('%j: %s', (words, message) => {
    expect(() => scan(...words)).toThrow(message);
  });
});
