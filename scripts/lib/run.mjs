import { spawn, spawnSync } from 'node:child_process';
import { root, toolEnvironment } from './paths.mjs';

/** Says what is done. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/** Runs a program with our own output; throws when it fails. */
export function run(program, args, { env, cwd = root, quiet = false } = {}) {
  const options = { cwd, env: toolEnvironment(env), stdio: quiet ? 'pipe' : 'inherit' };
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, options);
  if (error) throw new Error(`${program}: ${error.message}`);
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout}${stderr}`);
  throw new Error(`${program} ${args.join(' ')}: ${signal ?? `exit status ${status}`}`);
}

/** Output of a program, trimmed; undefined when it fails. */
export function output(program, args, { env, cwd = root } = {}) {
  const options = { cwd, env: toolEnvironment(env), encoding: 'utf8', maxBuffer: 64 << 20 };
  const { status, stdout } = spawnSync(program, args, options);
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs a program, shows its output and keeps it: `{ status, text }`. */
export function tee(program, args, { env, cwd = root, ownTools = true } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: ownTools ? toolEnvironment(env) : { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    for (const [stream, sink] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding('utf8').on('data', (data) => {
        text += data;
        sink.write(data);
      });
    }
    child.on('error', reject).on('close', (status) => resolve({ status: status ?? 1, text }));
  });
}

/** For the end of a script: the message without a trace. */
export function fail(error) {
  process.stderr.write(`${process.env.DEBUG ? error.stack : error.message}\n`);
  process.exit(1);
}
