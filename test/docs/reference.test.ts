// The reference pages say what the code says, and the documents name files that are there.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors/codes.ts';
import { repository } from '../support/tools.ts';
import { publicDeclarations, renderApi } from './render-api.ts';
import { renderCli } from './render-cli.ts';
import { renderEngine } from './render-engine.ts';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');
const below = (folder: string, pattern: RegExp) =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .map((file) => join(folder, file));

it('docs/reference/cli.md is what the flag tables give', async () => {
  await expect(await renderCli()).toMatchFileSnapshot('../../docs/reference/cli.md');
});

it('docs/reference/engine.md is what the topics’ tables give', async () => {
  await expect(await renderEngine()).toMatchFileSnapshot('../../docs/reference/engine.md');
});

describe('the library', () => {
  const declarations = publicDeclarations();

  it('docs/reference/api.md is what the compiler declares', async () => {
    await expect(renderApi(declarations)).toMatchFileSnapshot('../../docs/reference/api.md');
  });

  it('has no `any` in its types', () => {
    const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|'[^']*'/g, '');
    const loose = declarations.filter(({ text }) => /\bany\b/.test(code(text)));
    expect(loose.map(({ name }) => name)).toEqual([]);
  });

  it('exports what its map says, and these names', () => {
    const { exports } = JSON.parse(read('package.json'));
    expect(exports).toMatchInlineSnapshot(`
      {
        ".": {
          "default": "./dist/node/index.js",
          "types": "./dist/types/index.d.ts",
        },
        "./package.json": "./package.json",
      }
    `);
    const values = declarations.filter(({ kind }) => kind !== 'type').map(({ name }) => name);
    expect(values.sort()).toMatchInlineSnapshot(`
      [
        "ContainerProcess",
        "Engine",
        "EngineContainer",
        "EngineContainers",
        "EngineImages",
        "EngineSystem",
        "EngineVolumes",
        "HostError",
        "RundletError",
        "Runtime",
        "StatusError",
        "errorCodes",
      ]
    `);
  });
});

it('docs/reference/errors.md lists every code with its meaning, and no other', () => {
  const rows = read('docs/reference/errors.md').matchAll(/^\| `(ERR_\w+)` +\| (.*?) +\|/gm);
  const listed = Object.fromEntries([...rows].map(([, code, meaning]) => [code, meaning]));
  expect(listed).toEqual(errorCodes);
});

describe('dependencies', () => {
  const page = read('docs/design/dependencies.md');
  const listed = new Set([...page.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name));

  it('each has its reason, and none is listed that is not used', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    const crates = below('crates', /^[\w-]+\/Cargo\.toml$/).flatMap((file) => cratesOf(read(file)));
    const used = new Set([...Object.keys({ ...dependencies, ...devDependencies }), ...crates]);
    expect([...listed].sort()).toEqual([...used].sort());
  });

  function cratesOf(manifest: string): string[] {
    const sections = manifest.matchAll(/^\[(?:dev-|build-)?dependencies\]\n((?:(?!\[).*\n?)*)/gm);
    return [...sections].flatMap(([, body = '']) =>
      [...body.matchAll(/^([\w-]+)(?:\.workspace)? *=/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !name.startsWith('rundlet-')),
    );
  }
});

describe('every document', () => {
  const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...below('docs', /\.md$/)];

  it.each(documents)('%s: files it names exist', (document) => {
    const text = read(document);
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = '']) =>
      join(dirname(document), path),
    );
    const words = [
      ...text.matchAll(/`((?:src|crates|test|docs|scripts|bench|schemas|npm)\/[^`\s]*)`/g),
    ]
      .map(([, path = '']) => path.replace(/[<*{].*$/, ''))
      .map((path) => path.replace(/\/[^/]*-$/, ''));
    const missing = [...links, ...words].filter((path) => !existsSync(join(repository, path)));
    expect(missing.map((path) => relative('.', path))).toEqual([]);
  });
});
