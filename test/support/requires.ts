// What a test needs from the machine; it is skipped with a printed reason where that is missing.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

export function which(program: string): string | undefined {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/local/bin`;
  return path
    .split(delimiter)
    .map((dir) => join(dir, program))
    .find((file) => existsSync(file));
}

const capabilityBits = { CAP_SYS_RESOURCE: 24 };

export function hasCapability(name: keyof typeof capabilityBits): boolean {
  const line = /CapEff:\s*([0-9a-f]+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${line}`) & (1n << BigInt(capabilityBits[name]))) !== 0n;
}

const mountinfo = () => readFileSync('/proc/self/mountinfo', 'utf8');

const needs = {
  root: () => process.getuid?.() === 0 || 'root',
  'cgroup v1': () => / - cgroup \S+ \S*memory/.test(mountinfo()) || 'cgroup v1 controllers',
  CAP_SYS_RESOURCE: () => hasCapability('CAP_SYS_RESOURCE') || 'CAP_SYS_RESOURCE (raising limits)',
  seccomp: () =>
    /^Seccomp:/m.test(readFileSync('/proc/self/status', 'utf8')) || 'seccomp in the kernel',
  userns: () => existsSync('/proc/self/ns/user') || 'user namespaces',
  timens: () => existsSync('/proc/self/ns/time') || 'time namespaces',
};

export type Need = keyof typeof needs | `program ${string}` | `file ${string}` | `not ${string}`;

/** Skips the running test unless each need is met. */
export function requires(ctx: TestContext, ...wanted: Need[]): void {
  for (const need of wanted) {
    let missing: string | undefined;
    if (need.startsWith('program ')) {
      const program = need.slice(8);
      if (!which(program)) missing = `the program ${program}`;
    } else if (need.startsWith('file ')) {
      if (!existsSync(need.slice(5))) missing = `the file ${need.slice(5)}`;
    } else {
      const answer = needs[need as keyof typeof needs]();
      if (answer !== true) missing = String(answer);
    }
    if (missing) skip(ctx, `needs ${missing}`);
  }
}

/** Skips with a reason that is also printed. */
export function skip(ctx: TestContext, reason: string): never {
  process.stderr.write(`skipped: ${ctx.task.name}: ${reason}\n`);
  return ctx.skip(reason);
}

export interface RuntimeUnderTest {
  path: string;
  /** rundlet, runc or crun. */
  name: string;
  version: string;
}

let found: RuntimeUnderTest | undefined;

/** The runtime of env RUNTIME, or dist/bin/rundlet. */
export function runtimeUnderTest(repository: string): RuntimeUnderTest {
  if (found) return found;
  const wanted = process.env['RUNTIME'] ?? join(repository, 'dist/bin/rundlet');
  const path = wanted.includes('/') ? wanted : (which(wanted) ?? wanted);
  if (!existsSync(path))
    throw new Error(`no runtime at ${path}: run \`npm run build\`, or set RUNTIME`);
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? '';
  found = { path, version, name: /^\S+/.exec(version)?.[0] ?? 'unknown' };
  return found;
}

/**
 * Skips on a runtime that is known to fail this test: the rule "the witness first" does not hold there.
 * Debian's runc 1.1.5 is the usual one: it is vulnerable, or answers with an older text.
 */
export function exceptOn(ctx: TestContext, name: string, reason: string): void {
  if (found?.name === name) skip(ctx, `not on ${name}: ${reason}`);
}
