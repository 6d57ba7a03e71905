import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { RundletError } from '../../../src/errors/rundlet-error.ts';
import { parseJson } from '../../../src/spec/parse-json.ts';
import { unknownKeys } from '../../../src/spec/unknown-keys.ts';
import { validateConfig } from '../../../src/spec/validate-config.ts';
import { validateFeatures } from '../../../src/spec/validate-features.ts';
import { validateState } from '../../../src/spec/validate-state.ts';

const fixtures = join(import.meta.dirname, '../../../../shared/fixtures');
const present = existsSync(fixtures);
if (!present) console.log(`skipped: no foreign fixtures at ${fixtures}`);

const validators = { config: validateConfig, features: validateFeatures, state: validateState };

/** Of the specification's good ones, those that fit its schema and yet cannot be run. */
const unrunnable: Record<string, RegExp> = {
  'linux-netdevice.json': /unable to move network devices without a NET namespace/,
};

function filesOf(directory: string): string[] {
  return present ? readdirSync(join(fixtures, directory)) : [];
}

function judge(kind: keyof typeof validators, directory: string, name: string): unknown {
  const text = readFileSync(join(fixtures, directory, name), 'utf8');
  return validators[kind](parseJson(text, name), { text, file: name });
}

describe.skipIf(!present)('fixtures of the runtime-spec', () => {
  for (const kind of ['config', 'features', 'state'] as const) {
    const good = `runtime-spec/${kind}/good`;
    const bad = `runtime-spec/${kind}/bad`;
    for (const name of filesOf(good)) {
      test(`${kind}: accepts ${name}`, () => {
        const reason = unrunnable[name];
        if (reason) expect(() => judge(kind, good, name)).toThrow(reason);
        else expect(judge(kind, good, name)).toBeTypeOf('object');
      });
    }
    for (const name of filesOf(bad)) {
      test(`${kind}: refuses ${name} with its place`, () => {
        expect(() => judge(kind, bad, name)).toThrow(RundletError);
        expect(() => judge(kind, bad, name)).toThrow(/^[\w-]+\.json:\d+:\d+: /);
      });
    }
  }
});

describe.skipIf(!present)('configs written by Docker', () => {
  for (const name of filesOf('docker-configs')) {
    test(`accepts ${name} and knows all its keys`, () => {
      const spec = judge('config', 'docker-configs', name);
      expect(unknownKeys(spec)).toEqual([]);
    });
  }
});
