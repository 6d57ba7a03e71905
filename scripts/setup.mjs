/**
 * Makes a fresh Debian 12 with a C compiler, cargo and any Node from 20 ready: missing Debian packages,
 * npm packages, and the repository's own Node to go on with. Needs nothing installed itself.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, toolEnvironment } from './lib/paths.mjs';
import { say } from './lib/run.mjs';

/** For the demo: a root filesystem and the runtimes to compare with. */
export const demoPackages = ['busybox-static', 'crun', 'runc'];
/** For all tests: libseccomp to compare with, engines, ps, a kernel with cgroup v2 alone, hyperfine. */
export const testPackages = [
  ...demoPackages,
  'aardvark-dns',
  'conmon',
  'containerd',
  'docker-registry',
  'docker.io',
  'hyperfine',
  'iproute2',
  'libseccomp-dev',
  'netavark',
  'podman',
  'procps',
  'strace',
  'uidmap',
  'user-mode-linux',
  'util-linux',
];

/** Afterwards the process runs under the repository's Node, with everything installed. */
export function setup(packages) {
  installDebianPackages(packages);
  installNpmPackages();
  continueUnderOwnNode();
}

function installDebianPackages(packages) {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  if (process.getuid() !== 0 || !existsSync('/usr/bin/apt-get')) {
    say(`setup: not installed, and only root on Debian can: ${missing.join(' ')}`);
    return;
  }
  say(`setup: installing Debian packages ${missing.join(' ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  withoutServices(() => {
    apt(['update', '-q'], env);
    apt(['install', '-q', '-y', '--no-install-recommends', ...missing], env);
  });
}

function isInstalled(name) {
  const query = ['-W', '-f', '${db:Status-Status}', name];
  return spawnSync('dpkg-query', query, { encoding: 'utf8' }).stdout === 'installed';
}

function apt(args, env) {
  const { status } = spawnSync('apt-get', args, { stdio: 'inherit', env });
  if (status !== 0) say(`setup: apt-get ${args[0]} failed (${status}); going on without`);
}

/** docker.io would start its daemon on the machine. */
function withoutServices(act) {
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    act();
  } finally {
    if (ours) rmSync(policy);
  }
}

/**
 * When there are no packages or the lock has changed since. `npm ci` refuses a lock without the optional
 * packages of other systems, which some mirrors do not have; `npm install` takes the same versions by it.
 */
function installNpmPackages() {
  const stamp = join(root, 'node_modules/.rundlet-lock');
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('setup: npm ci');
  if (npm('pipe', 'ci') !== 0) {
    say(
      'setup: npm ci refused (packages of other systems are not in the lock); npm install by the lock',
    );
    if (npm('inherit', 'install', '--no-save') !== 0) {
      say('setup: npm install failed; is the registry reachable?');
      process.exit(1);
    }
  }
  writeFileSync(stamp, lock);
}

/** Quiet about engines: the Node that runs npm is not the one that runs the packages. */
function npm(stdio, ...args) {
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  return spawnSync('npm', [...args, ...options], { cwd: root, stdio }).status;
}

function continueUnderOwnNode() {
  const node = join(root, 'node_modules/.bin/node');
  if (!existsSync(node))
    throw new Error(`${node} is missing: npm did not run the install script of "node"`);
  const own = execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).trim();
  if (own === process.version) return;
  const { status } = spawnSync(node, process.argv.slice(1), {
    stdio: 'inherit',
    env: toolEnvironment(),
  });
  process.exit(status ?? 1);
}
