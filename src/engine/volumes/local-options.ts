import type { GoMap } from '../containers/record.ts';
import type { Engine } from '../context.ts';
import { dockerJson } from '../docker-json.ts';
import { invalidParameter } from '../engine-error.ts';
import { findText } from '../layers/store-text.ts';

/** `opts.json` of Docker's local driver. */
interface OptionsFile {
  MountType: string;
  MountOpts: string;
  MountDevice: string;
  Quota: { Size: number };
}

const keys: ReadonlySet<string> = new Set(['type', 'o', 'device']);

/** The local driver's rules of `-o`, in its words. */
export function checkLocalOptions(name: string, options: GoMap<string>): void {
  const fault = (text: string) => invalidParameter(`create ${name}: ${text}`);
  const given = Object.keys(options);
  if (given.includes('size')) throw fault('quota size requested but no quota support');
  const unknown = given.find((key) => !keys.has(key));
  if (unknown !== undefined) throw fault(`invalid option: "${unknown}"`);
  if (given.length === 0) return;
  for (const key of ['device', 'type']) {
    if (!options[key]) throw fault(`missing required option: "${key}"`);
  }
}

/** Text of opts.json; undefined for a plain directory. */
export function optionsText({ type, o = '', device }: GoMap<string>): string | undefined {
  if (type === undefined || device === undefined) return undefined;
  const file: OptionsFile = {
    MountType: type,
    MountOpts: o,
    MountDevice: device,
    Quota: { Size: 0 },
  };
  return dockerJson(file);
}

export async function readLocalOptions(engine: Engine, name: string): Promise<GoMap<string>> {
  const path = `${engine.paths.volumes}/${name}/opts.json`;
  const text = await findText(engine.host, path, 1 << 20);
  if (text === undefined || text === '') return {};
  let file: Partial<OptionsFile> | null;
  try {
    file = JSON.parse(text);
  } catch {
    engine.warn(`cannot read ${path}`);
    return {};
  }
  const { MountType: type, MountOpts: o, MountDevice: device } = file ?? {};
  return { ...(device && { device }), ...(o && { o }), ...(type && { type }) };
}
