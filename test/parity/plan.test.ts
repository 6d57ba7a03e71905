import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { missingBuild, runExecutable, runNode } from './both-hosts.ts';

const golden = fileURLToPath(new URL('../plan', import.meta.url));
const reason = missingBuild();
if (reason) console.warn(reason);

const cases = readdirSync(golden, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('config.json'))
  .map((path) => path.slice(0, -'/config.json'.length));

/** The golden plans themselves are compared in test/plan, with facts that are fixed there. */
describe.skipIf(reason)('parity: one bundle, one plan in two hosts', () => {
  for (const name of cases) {
    test(name, () => {
      const bundle = mkdtempSync(join(tmpdir(), 'rundlet-parity-'));
      try {
        copyFileSync(join(golden, name, 'config.json'), join(bundle, 'config.json'));
        mkdirSync(join(bundle, 'rootfs'));
        for (const flags of [['--json'], []]) {
          const args = ['plan', ...flags, '-b', bundle];
          expect(runNode(args)).toEqual(runExecutable(args));
        }
      } finally {
        rmSync(bundle, { recursive: true });
      }
    });
  }
});
