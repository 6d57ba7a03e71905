/** Regenerates what has its source elsewhere: `gen.mjs [plan|schemas]… [--check]`. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

const check = process.argv.includes('--check');
const names = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const generators = { plan: generatePlan, schemas: generateSchemas };
for (const name of names.length > 0 ? names : Object.keys(generators)) generators[name]();

/** crates/plan → src/host/generated/plan.ts; ts-rs writes from a test of its own making. */
function generatePlan() {
  const directory = mkdtempSync(join(tmpdir(), 'rundlet-gen-'));
  try {
    const args = [
      'test',
      '-q',
      '--locked',
      '-p',
      'rundlet-plan',
      '--features',
      'ts',
      'export_bindings',
    ];
    run('cargo', args, { env: { TS_RS_EXPORT_DIR: directory }, quiet: true });
    const made = join(directory, 'plan.ts');
    const kept = join(root, 'src/host/generated/plan.ts');
    if (!check) cpSync(made, kept);
    else if (readFileSync(made, 'utf8') !== readFileSync(kept, 'utf8')) {
      throw new Error('src/host/generated/plan.ts is not what crates/plan gives: run npm run gen');
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function generateSchemas() {
  run(process.execPath, [join(root, 'scripts/gen-schemas.mjs'), ...(check ? ['--check'] : [])]);
}
