import { describe, expect, test } from 'vitest';
import { prefixError } from '../../../src/errors/prefix-error.ts';
import { logError, logLine, renderError } from '../../../src/errors/render-error.ts';
import { RundletError } from '../../../src/errors/rundlet-error.ts';
import { StatusError } from '../../../src/errors/status-error.ts';

const full = new RundletError('ERR_RUNDLET_LAUNCH', 'error mounting "x": invalid argument', {
  pointer: '/mounts/3',
  location: { file: 'config.json', line: 41, column: 7 },
  errno: 'EINVAL',
  syscall: 'fsconfig',
  step: 'mount',
  hint: 'check it',
});
const time = new Date('2026-11-24T02:21:58.123Z');

describe('the line for stderr', () => {
  test('runc’s text first, then the place, then the hint', () => {
    expect(renderError(full)).toBe(
      'error mounting "x": invalid argument [/mounts/3 config.json:41:7] (check it)',
    );
  });

  test('a message that names its place does not name it twice', () => {
    const error = new RundletError(
      'ERR_RUNDLET_CONFIG_INVALID',
      'config.json:41:7: /mounts/3 bad',
      {
        pointer: '/mounts/3',
        location: { file: 'config.json', line: 41, column: 7 },
      },
    );
    expect(renderError(error)).toBe('config.json:41:7: /mounts/3 bad');
  });

  test('the container’s words cannot write lines or escape codes', () => {
    const hostile = new RundletError('ERR_RUNDLET_LAUNCH', 'a\nb\u001b[2J\r\u009b\u2028');
    expect(renderError(hostile)).toBe('a\\nb\\x1b[2J\\r\\x9b\\u2028');
    expect(renderError(new Error('plain\n'))).toBe('plain\\n');
  });

  test('long messages are cut', () => {
    const long = new RundletError('ERR_RUNDLET_LAUNCH', 'x'.repeat(1e6));
    expect(renderError(long).length).toBeLessThan(9000);
  });
});

describe('the log line', () => {
  test('JSON as logrus writes it, with our keys after', () => {
    const line = logError(full, 'json', time);
    expect(line).toBe(
      '{"level":"error","msg":"error mounting \\"x\\": invalid argument [/mounts/3 config.json:41:7] (check it)","time":"2026-11-24T02:21:58Z",' +
        '"code":"ERR_RUNDLET_LAUNCH","pointer":"/mounts/3","location":"config.json:41:7",' +
        '"errno":"EINVAL","syscall":"fsconfig","step":"mount","hint":"check it"}\n',
    );
  });

  test('text as logrus writes it', () => {
    const error = new RundletError('ERR_RUNDLET_NOT_FOUND', 'container does not exist');
    expect(logError(error, 'text', time)).toBe(
      'time="2026-11-24T02:21:58Z" level=error msg="container does not exist" code=ERR_RUNDLET_NOT_FOUND\n',
    );
    expect(logLine('warning', 'say "no"\nlevel=error', 'text', {}, time)).toBe(
      'time="2026-11-24T02:21:58Z" level=warning msg="say \\"no\\"\\nlevel=error"\n',
    );
  });

  test('one line whatever the message', () => {
    for (const format of ['json', 'text'] as const) {
      const line = logError(new Error('a\nb\n{"level":"error"}'), format, time);
      expect(line.indexOf('\n')).toBe(line.length - 1);
    }
  });
});

test('a prefix keeps everything else', () => {
  const error = prefixError(full, 'exec failed: ', 255) as RundletError;
  expect({ ...error }).toEqual({ ...full, exitCode: 255 });
  expect(error.message).toBe(`exec failed: ${full.message}`);
  const status = prefixError(new StatusError('no', 'a', 'b'), 'x: ') as StatusError;
  expect(status).toMatchObject({ message: 'x: no', from: 'a', to: 'b', exitCode: 1 });
  const bug = new TypeError('bug');
  expect(prefixError(bug, 'x: ')).toBe(bug);
});
