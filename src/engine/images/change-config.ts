import { invalidParameter } from '../engine-error.ts';
import type { ImageRunConfig } from './image.ts';

/**
 * What instructions of a Dockerfile say of an image's config: those that `import --change` takes. Words
 * are in quotes or not; no variables are put in.
 */
export function changeConfig(changes: readonly string[]): ImageRunConfig {
  const config: ImageRunConfig = {};
  for (const change of changes) {
    const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(change) ?? [];
    const apply = instructions[word.toUpperCase()];
    if (word === '') continue;
    if (apply === undefined) throw invalidParameter(`${word} is not a valid change command`);
    if (rest === '') throw invalidParameter(`${word.toUpperCase()} requires at least one argument`);
    apply(config, rest);
  }
  return config;
}

const instructions: Readonly<Record<string, (config: ImageRunConfig, text: string) => void>> = {
  CMD: (config, text) => {
    config.Cmd = command(text);
  },
  ENTRYPOINT: (config, text) => {
    config.Entrypoint = command(text);
  },
  ENV: (config, text) => {
    const added = pairs(text).map(([key, value]) => `${key}=${value}`);
    const names = new Set(added.map((entry) => entry.split('=')[0]));
    const kept = (config.Env ?? []).filter((entry) => !names.has(entry.split('=')[0]));
    config.Env = [...kept, ...added];
  },
  EXPOSE: (config, text) => {
    const ports = words(text).map((port) => [port.includes('/') ? port : `${port}/tcp`, {}]);
    config.ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(ports) };
  },
  LABEL: (config, text) => {
    config.Labels = { ...config.Labels, ...Object.fromEntries(pairs(text)) };
  },
  ONBUILD: (config, text) => {
    config.OnBuild = [...(config.OnBuild ?? []), text];
  },
  STOPSIGNAL: (config, text) => {
    config.StopSignal = text;
  },
  USER: (config, text) => {
    config.User = text;
  },
  VOLUME: (config, text) => {
    const paths = json(text) ?? words(text);
    const added = Object.fromEntries(paths.map((path) => [path, {}]));
    config.Volumes = { ...config.Volumes, ...added };
  },
  WORKDIR: (config, text) => {
    const from = text.startsWith('/') ? '' : (config.WorkingDir ?? '');
    config.WorkingDir = `${from}/${text}`.replace(/\/+/g, '/');
  },
};

/** A JSON list, or a line for the shell. */
function command(text: string): string[] {
  return json(text) ?? ['/bin/sh', '-c', text];
}

function json(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === 'string') ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `key=value …`, or `key value` with the rest of the line. */
function pairs(text: string): [string, string][] {
  const [first = ''] = words(text);
  if (!first.includes('=')) {
    const [, key = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
    if (value === '') throw invalidParameter(`${key} must have two arguments`);
    return [[key, value]];
  }
  return words(text).map((word) => {
    const equals = word.indexOf('=');
    if (equals < 1) throw invalidParameter(`Syntax error - can't find = in "${word}"`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** Split at blanks outside quotes, without the quotes. */
function words(text: string): string[] {
  const found = text.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gs) ?? [];
  return found.map((word) =>
    word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs, (_, double, single, escaped) =>
      double === undefined ? (single ?? escaped) : double.replace(/\\(.)/gs, '$1'),
    ),
  );
}
