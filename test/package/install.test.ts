// The tarballs as a new user gets them: installed into an empty folder, then command line, library, types.
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../scripts/pack.mjs';
import { Box, makeRootfs, repository, requires } from '../support/index.ts';

const box = new Box();
let tarballs: string[];
let work: string;
const path = `${join(repository, 'node_modules/.bin')}:${process.env['PATH']}`;

beforeAll(async () => {
  tarballs = Object.values(pack());
  work = mkdtempSync(join(tmpdir(), 'rundlet-package-'));
  await box.open();
  expect((await box.sh('mount -t tmpfs run /run')).stderr).toBe('');
}, 120_000);
afterAll(async () => {
  await box.close();
  rmSync(work, { recursive: true, force: true });
});

/** An empty folder with the packages in it. */
function install(program: string, name: string, ...more: string[]): string {
  const folder = join(work, name);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module", "private": true }');
  execFileSync(program, [...more, ...tarballs], {
    cwd: folder,
    stdio: 'pipe',
    env: { ...process.env, PATH: path, npm_config_user_agent: undefined },
  });
  return folder;
}

const npmInstall = ['install', '--no-audit', '--no-fund', '--prefer-offline'];

/** Ten lines, as the guide has them. */
const program = `
import { Runtime } from 'rundlet';
const runtime = new Runtime({ root: '/run/of-the-test' });
const { exitCode, stdout } = await runtime.run({ bundle: 'hello' });
console.log(exitCode, stdout.trim());
`;

async function useIt(folder: string): Promise<void> {
  const rundlet = join(folder, 'node_modules/.bin/rundlet');
  const start = (words: string[]) =>
    box.start(words, { cwd: folder, env: { PATH: path, HOME: folder } });
  expect((await start([rundlet, '--version'])).stdout).toMatch(/^rundlet version \d+\.\d+\.\d+\n/);
  mkdirSync(join(folder, 'hello'));
  makeRootfs(join(folder, 'hello/rootfs'));
  expect(await start([rundlet, 'spec', '-b', 'hello'])).toMatchObject({ code: 0, stderr: '' });
  const edit = `s/"terminal": true/"terminal": false/; s/"sh"/"echo", "hello from a package"/`;
  execFileSync('sed', ['-i', edit, 'hello/config.json'], { cwd: folder });
  expect(await start([rundlet, 'run', '-b', 'hello', 'one'])).toMatchObject({
    code: 0,
    stdout: 'hello from a package\n',
    stderr: '',
  });
  writeFileSync(join(folder, 'box.ts'), program);
  expect(await start([process.execPath, 'box.ts'])).toMatchObject({
    code: 0,
    stdout: '0 hello from a package\n',
    stderr: '',
  });
}

describe('the packages', { timeout: 120_000 }, () => {
  it('by npm: `rundlet` is the executable itself', async (ctx) => {
    requires(ctx, 'root', 'program npm');
    const folder = install('npm', 'npm', ...npmInstall);
    const file = join(folder, 'node_modules/rundlet/bin/rundlet');
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(realpathSync(file)).toMatch(/@rundlet\/linux-\w+-gnu\/bin\/rundlet$/);
    await useIt(folder);
  });

  it('by npm without install scripts: the same commands run in Node', async (ctx) => {
    requires(ctx, 'root', 'program npm');
    const folder = install('npm', 'no-scripts', ...npmInstall, '--ignore-scripts');
    expect(lstatSync(join(folder, 'node_modules/rundlet/bin/rundlet')).isFile()).toBe(true);
    await useIt(folder);
  });

  it('by pnpm', async (ctx) => {
    requires(ctx, 'root', 'program npm');
    const tool = join(work, 'tool');
    mkdirSync(tool);
    execFileSync('npm', [...npmInstall, '--prefix', tool, 'pnpm@10'], { stdio: 'pipe' });
    const pnpm = join(tool, 'node_modules/.bin/pnpm');
    await useIt(install(pnpm, 'pnpm', 'add', '--prefer-offline'));
  });

  it('gives types that a strict project can use', async (ctx) => {
    requires(ctx, 'program npm');
    const folder = install('npm', 'types', ...npmInstall, '--ignore-scripts', '@types/node@26');
    const typed = 'export const out: [number | null, string | undefined] = [exitCode, stdout];';
    writeFileSync(join(folder, 'box.ts'), program.replace(/^console.*$/m, typed));
    const options = '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --types node';
    const compile = (file: string) =>
      spawnSync('tsc', [...options.split(' '), '--target', 'es2023', file], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, PATH: path },
      });
    expect(compile('box.ts')).toMatchObject({ status: 0, stdout: '' });
    writeFileSync(join(folder, 'wrong.ts'), program.replace('bundle:', 'bundel:'));
    expect(compile('wrong.ts').stdout).toMatch(/wrong\.ts.*'bundel' does not exist/);
  });
});
