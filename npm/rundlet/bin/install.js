// After an installation by npm: `rundlet` becomes the executable itself, so that no Node starts for it.
// Whatever prevents that is no error: bin/rundlet then runs the same commands in Node.
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const bin = dirname(fileURLToPath(import.meta.url));
const file = join(bin, 'rundlet');

// Others than npm call what was a script at the time of their installation by Node, for ever.
if (/^npm\//.test(process.env.npm_config_user_agent ?? '')) {
  const executable = findExecutable();
  if (executable !== undefined) replace(executable);
}

function findExecutable() {
  const { resolve } = createRequire(import.meta.url);
  for (const libc of ['gnu', 'musl']) {
    try {
      return resolve(`@rundlet/linux-${process.arch}-${libc}/bin/rundlet`);
    } catch {
      // Not the package of this machine.
    }
  }
  return undefined;
}

/** A link and no copy: what belongs to the executable lies beside it. */
function replace(executable) {
  const next = `${file}.${process.pid}`;
  try {
    symlinkSync(relative(bin, executable), next);
    renameSync(next, file);
  } catch {
    rmSync(next, { force: true });
  }
}
