import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingBuild, type Outcome, runExecutable, runNode } from './both-hosts.ts';

const reason = missingBuild();
if (reason) console.warn(reason);

describe.skipIf(reason)('validate', () => {
  let bundle = '';
  beforeAll(() => {
    bundle = mkdtempSync(join(tmpdir(), 'rundlet-validate-'));
    expect(runExecutable(['spec', '-b', bundle]).status).toBe(0);
  });
  afterAll(() => rmSync(bundle, { recursive: true }));

  const config = (text: string) => writeFileSync(join(bundle, 'config.json'), text);

  /** The same from both hosts. */
  function validate(...flags: string[]): Outcome {
    const args = ['validate', '-b', bundle, ...flags];
    const outcome = runExecutable(args);
    expect(runNode(args)).toEqual(outcome);
    return outcome;
  }

  test('the config that `spec` writes', () => {
    const valid = { status: 0, stdout: 'config.json is valid\n', stderr: '' };
    expect(validate('--strict')).toEqual(valid);
    expect(validate('--json')).toMatchObject({ status: 0, stdout: '[]\n' });
  });

  test('every fault, in the order of its place; --strict counts warnings', () => {
    config(`{
  "ociVersion": "1.0.0",
  "root": { "path": "rootfs" },
  "hostnam": "x",
  "process": {
    "cwd": "/", "args": ["true"],
    "capabilities": { "bounding": ["CAP_KIL"] }
  }
}`);
    const stdout = `warning: config.json:4:14: /hostnam: unknown key, ignored (did you mean "hostname"?)
warning: config.json:7:36: /process/capabilities/bounding/0: unknown capability "CAP_KIL", did you mean "CAP_KILL"?
`;
    expect(validate()).toEqual({ status: 0, stdout, stderr: '' });
    expect(validate('--strict')).toMatchObject({ status: 1, stdout });
    config(
      '{ "ociVersion": "1.0.0", "root": { "path": "rootfs" }, "hooks": { "prestart": [{ "path": "x" }] }, "process": { "cwd": "y", "args": ["z"] } }',
    );
    const { status, stdout: list } = validate('--json');
    expect(status).toBe(1);
    const faults = JSON.parse(list) as { pointer: string }[];
    const places = ['/hooks/prestart/0/path', '/process/cwd'];
    expect(faults.map(({ pointer }) => pointer)).toEqual(places);
  });

  test('what is no JSON, and what is not there', () => {
    config('{ "ociVersion": "1.0.0", }');
    const stdout = 'error: config.json:1:26: not JSON: a comma before "}"\n';
    expect(validate()).toEqual({ status: 1, stdout, stderr: '' });
    rmSync(join(bundle, 'config.json'));
    expect(validate()).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^JSON specification file config\.json not found/),
    });
  });
});
