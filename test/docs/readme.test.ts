// Every command block of README.md is run as it stands there, and so is its TypeScript.
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Box, repository, requires, skip } from '../support/index.ts';

interface Block {
  language: string;
  text: string;
  /** Why it is not run. */
  reason: string | undefined;
}

const blocks = readBlocks(readFileSync(join(repository, 'README.md'), 'utf8'));
const box = new Box();
let folder: string;
const env = () => ({
  PATH: `${join(repository, 'dist/bin')}:${process.env['PATH']}`,
  HOME: folder,
});

beforeAll(async () => {
  await box.open();
  folder = box.folder('readme');
  // "rundlet" of the executable's default root and of the library's are the room's own.
  const mounted = await box.sh('mount -t tmpfs run /run');
  expect(mounted.stderr).toBe('');
});
afterAll(() => box.close());

function readBlocks(text: string): Block[] {
  const block = /(?:<!-- not run by [^:]*: ([^\n]*?) -->\n)?^```(\w+)\n(.*?)^```$/gms;
  return [...text.matchAll(block)].map(([, reason, language = '', body = '']) => {
    return { language, text: body, reason };
  });
}

const named = (language: string) =>
  blocks.flatMap((block) =>
    block.language === language ? [{ ...block, name: block.text.trim().split('\n')[0] ?? '' }] : [],
  );

describe('README.md', () => {
  it('has blocks of both kinds, and no other', () => {
    expect(new Set(blocks.map(({ language }) => language))).toEqual(new Set(['sh', 'ts']));
  });

  it.for(named('sh'))('sh: $name', async ({ text, reason }, ctx) => {
    requires(ctx, 'root');
    if (reason) skip(ctx, reason);
    const file = join(folder, 'block.sh');
    writeFileSync(file, text);
    const { code, stdout, stderr } = await box.start(['bash', '-eu', file], {
      cwd: folder,
      env: env(),
    });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stderr: '' });
  });

  it.for(named('ts'))('ts: $name', async ({ text }, ctx) => {
    requires(ctx, 'root');
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(repository, join(folder, 'node_modules/rundlet'));
    writeFileSync(join(folder, 'block.ts'), text);
    // The shell block above made a bundle that sleeps for a minute.
    const config = join(folder, 'hello/config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace('; sleep 60', ''));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    const { code, stdout, stderr } = await box.start([process.execPath, 'block.ts'], {
      cwd: folder,
      env: env(),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^0 hello from \S+\n/);
  });
});
