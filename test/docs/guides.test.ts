// Every command block of README.md and of the guides is run as it stands there, and so is its TypeScript.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Box, repository, requires, skip } from '../support/index.ts';

interface Block {
  language: string;
  text: string;
  /** Its first line, to find it in the page. */
  name: string;
  /** Why it is not run. */
  reason: string | undefined;
}

const guides = readdirSync(join(repository, 'docs/guide')).map((name) => `docs/guide/${name}`);

function readBlocks(page: string): Block[] {
  const text = readFileSync(join(repository, page), 'utf8');
  const block = /(?:<!-- not run by [^:]*: ([^\n]*?) -->\n)?^```(\w*)\n(.*?)^```$/gms;
  return [...text.matchAll(block)].map(([, reason, language = '', body = '']) => {
    return { language, text: body, name: body.trim().split('\n')[0] ?? '', reason };
  });
}

/** What the pages may have: commands, programs, and what is only shown. */
const languages = new Set(['sh', 'ts', 'json', 'toml', '']);

describe.for(['README.md', ...guides])('%s', (page) => {
  const box = new Box();
  let folder: string;
  beforeAll(async () => {
    await box.open();
    folder = box.folder('page');
    // The default roots are the room's own.
    const mounted = await box.sh('mount -t tmpfs run /run && mount -t tmpfs lib /var/lib');
    expect(mounted.stderr).toBe('');
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(repository, join(folder, 'node_modules/rundlet'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => box.close());

  const command = (words: string[]) =>
    box.start(words, {
      cwd: folder,
      env: { PATH: `${join(repository, 'dist/bin')}:${process.env['PATH']}`, HOME: folder },
    });
  const blocks = readBlocks(page);

  it('has blocks of known kinds', () => {
    expect(blocks.map(({ language }) => language).filter((name) => !languages.has(name))).toEqual(
      [],
    );
  });

  // In the order of the page: later ones need what earlier ones made.
  const run = blocks.filter(({ language }) => language === 'sh' || language === 'ts');
  it.for(run)('$language: $name', async ({ language, text, reason }, ctx) => {
    requires(ctx, 'root');
    if (reason) skip(ctx, reason);
    const file = join(folder, `block.${language}`);
    writeFileSync(file, text);
    const words = language === 'sh' ? ['bash', '-eu', file] : [process.execPath, file];
    const { code, stdout, stderr } = await command(words);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stderr: '' });
  });
});
