import { systemError } from '../errors/system-error.ts';
import { isHostError } from '../host/host-error.ts';
import { parseLossless } from '../spec/parse-lossless.ts';
import type { Engine } from './context.ts';
import { prepareDataRoot } from './create/prepare-data-root.ts';
import { dockerJson } from './docker-json.ts';
import { removeIfThere } from './remove-if-there.ts';

/**
 * What a command has begun: one file `<kind>-<id>` in `<data>/rundlet/journal`, written before the
 * first thing is acquired, removed when all is whole, and locked by its command meanwhile. A file that is
 * not locked is of a command that died: `replay` undoes or finishes its work.
 */
export interface JournalEntry {
  /** Which replay it needs. */
  kind: string;
  /** The container. */
  id: string;
  /** A name that is taken until the record has it; without slash. */
  name?: string;
  /** Volumes that were made for it. */
  volumes?: string[];
  /** Volumes that it uses, and that were there before. */
  uses?: string[];
}

export interface Journal {
  readonly entry: JournalEntry;
  /** Replaces the entry. */
  write(entry: JournalEntry): Promise<void>;
  /** All is whole, or undone. */
  close(): Promise<void>;
  /** The next command has to undo it. */
  leave(): Promise<void>;
}

/** The lock; on a data root that only a daemon has filled, the journal's directory is made first. */
async function lockOf(engine: Engine, path: string) {
  try {
    return await engine.host.call('lock', { path });
  } catch (error) {
    if (!isHostError(error, 'ENOENT')) throw systemError(error);
  }
  await prepareDataRoot(engine);
  return engine.host.call('lock', { path });
}

export async function beginJournal(engine: Engine, first: JournalEntry): Promise<Journal> {
  const { host, paths } = engine;
  const path = `${paths.journal}/${first.kind}-${first.id}`;
  const lock = await lockOf(engine, `${path}.lock`);
  let entry = first;
  const write = async (next: JournalEntry) => {
    entry = next;
    const text = `${dockerJson(next)}\n`;
    await host.call('writeRecord', { path: `${path}.json`, text, mode: 0o600, durable: false });
  };
  const leave = async () => {
    await host.call('unlock', lock);
  };
  const close = async () => {
    await removeIfThere(host, `${path}.json`);
    await removeIfThere(host, `${path}.lock`);
    await leave();
  };
  try {
    await write(first);
  } catch (error) {
    await close();
    throw systemError(error);
  }
  return {
    get entry() {
      return entry;
    },
    write,
    close,
    leave,
  };
}

/** What commands have begun, those that died too. */
export async function pendingEntries(engine: Engine): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (const path of await entryPaths(engine)) {
    const entry = await readEntry(engine, path);
    if (entry) entries.push(entry);
  }
  return entries;
}

/** Names that commands are about to use, with their ids. The caller holds the lock of names. */
export async function pendingNames(engine: Engine): Promise<Map<string, string>> {
  const pending = new Map<string, string>();
  for (const { name, id } of await pendingEntries(engine)) {
    if (name !== undefined) pending.set(name, id);
  }
  return pending;
}

/**
 * Undoes or finishes what commands that died had begun; `how` by kind. Entries of commands that live, and
 * of kinds that are not in `how`, are left alone.
 */
export async function replayJournal(
  engine: Engine,
  how: Readonly<Record<string, (entry: JournalEntry) => Promise<void>>>,
): Promise<void> {
  const { host, paths } = engine;
  const names = await journalFiles(engine);
  for (const base of new Set(names.map(baseOf))) {
    const lock = await host.call('tryLock', { path: `${paths.journal}/${base}.lock` });
    if (lock.handle === 0) continue;
    try {
      const entry = await readEntry(engine, `${paths.journal}/${base}.json`);
      const replay = entry && Object.hasOwn(how, entry.kind) ? how[entry.kind] : undefined;
      if (entry && !replay) continue;
      if (entry) await replay?.(entry);
      // A kill may have left the lock alone, or half of the entry under another name.
      const rest = names.filter((name) => baseOf(name) === base);
      for (const name of new Set([...rest, `${base}.json`, `${base}.lock`])) {
        await removeIfThere(host, `${paths.journal}/${name}`);
      }
    } finally {
      await host.call('unlock', lock);
    }
  }
}

async function entryPaths(engine: Engine): Promise<string[]> {
  const names = await journalFiles(engine);
  return names
    .filter((name) => name === `${baseOf(name)}.json`)
    .map((name) => `${engine.paths.journal}/${name}`);
}

/** `<kind>-<id>.json`, its lock, and the temporary files of writeRecord. */
const fileForm = /^\.?([a-z]+-[0-9a-f]{64})\.(?:json|lock)/;

function baseOf(name: string): string {
  return fileForm.exec(name)?.[1] ?? '';
}

async function journalFiles({ host, paths }: Engine): Promise<string[]> {
  try {
    const { names } = await host.call('listDirectory', { path: paths.journal });
    return names.filter((name) => fileForm.test(name));
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return [];
    throw systemError(error);
  }
}

/** undefined when it was closed meanwhile. */
async function readEntry({ host }: Engine, path: string): Promise<JournalEntry | undefined> {
  try {
    const text = await host.call('readText', { path, max: 1 << 20 });
    return parseLossless(text) as unknown as JournalEntry;
  } catch (error) {
    if (isHostError(error, 'ENOENT')) return undefined;
    throw systemError(error);
  }
}
