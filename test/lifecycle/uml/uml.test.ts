// A part of the suite on a kernel with pure cgroup v2: User-mode Linux, booted in a few seconds.

import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { repository, requires, runtimeUnderTest, tools } from '../../support/index.ts';
import { boot, failedChecks } from './boot.ts';

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rundlet-uml-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Boots, runs guest.sh as process 1 and gives its lines back. */
async function check(): Promise<string> {
  const out = join(folder, 'out');
  for (const file of ['guest.sh', 'template.json'])
    copyFileSync(join(here, file), join(folder, file));
  chmodSync(join(folder, 'guest.sh'), 0o755);
  writeFileSync(
    join(folder, 'params'),
    `RT=${runtimeUnderTest(repository).path}\nTOOLS=${dirname(tools().probe)}\nOUT=${out}\n`,
  );
  const init = `${folder}/guest.sh`;
  return boot({ root: '/', init, out, home: folder, memory: '512M', timeout: 60_000 });
}

describe('User-mode Linux, cgroup v2', () => {
  it('the checks of guest.sh', { timeout: 90_000 }, async (ctx) => {
    requires(ctx, 'root', 'program linux.uml');
    expect(existsSync(tools().probe)).toBe(true);
    const lines = await check();
    expect(failedChecks(lines)).toBe('');
    expect(lines.match(/^ok /gm)?.length).toBeGreaterThan(25);
  });
});
