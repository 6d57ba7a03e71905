import { RundletError } from '../errors/rundlet-error.ts';
import { systemError } from '../errors/system-error.ts';
import { callAll } from '../host/call-all.ts';
import type { Host } from '../host/host.ts';
import { failureReason, type HostError, isHostError } from '../host/host-error.ts';
import { absolutePath } from '../spec/clean-path.ts';
import type { Process, Spec } from '../spec/generated/config.ts';

/** A bundle, read once: everything later uses this text and this value. */
export interface Bundle {
  /** Absolute, without symlinks. */
  bundle: string;
  spec: Spec;
  /** config.json as it was read, to find places in it for messages. */
  text: string;
  /** What messages call it. */
  file: string;
}

/** What messages call the config. */
export const configName = 'config.json';

/** Largest config that is read, bytes; parse-json.ts caps characters and depth. */
const maxConfigBytes = 64 * 1024 * 1024;

/**
 * Reads and validates `<path>/config.json`, or `configFile` in its stead. A relative path counts from the working directory.
 * `warn` hears of what is valid but surely not meant (unknown keys).
 */
export async function loadBundle(
  host: Host,
  path: string,
  warn?: (message: string) => void,
  configFile?: string,
): Promise<Bundle> {
  const { bundle, text, file } = await readBundle(host, path, configFile);
  const [{ parseJson }, { validateConfig }] = await Promise.all([
    import('../spec/parse-json.ts'),
    import('../spec/validate-config.ts'),
  ]);
  const spec = validateConfig(parseJson(text, file), { text, file, warn });
  return { bundle, spec, text, file };
}

/**
 * The process of a bundle's config alone, for `exec`: the rest was judged at create, and judging it again
 * costs more than the exec. A fault is told as loadBundle tells it.
 */
export async function loadBundleProcess(
  host: Host,
  path: string,
  configFile?: string,
): Promise<{ process: Process | undefined; text: string; file: string }> {
  const { text, file } = await readBundle(host, path, configFile);
  const [{ parseJson }, { validateProcess }] = await Promise.all([
    import('../spec/parse-json.ts'),
    import('../spec/validate-process.ts'),
  ]);
  const config = parseJson(text, file);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const { spec } = await loadBundle(host, path, undefined, configFile);
    return { process: spec.process, text, file };
  }
  const { process } = config;
  if (process === undefined || process === null) return { process: undefined, text, file };
  try {
    return { process: validateProcess(process, { file }), text, file };
  } catch (error) {
    // With places that count from the whole config.
    await loadBundle(host, path, undefined, configFile);
    throw error;
  }
}

/** Refuses a rootfs that is missing or reached through a symlink, as runc does; returns its path. */
export async function checkRootfs(host: Host, { bundle, spec }: Bundle): Promise<string> {
  if (!spec.root) {
    throw new RundletError('ERR_RUNDLET_CONFIG_INVALID', 'root must be specified', { pointer: '' });
  }
  const rootfs = absolutePath(bundle, spec.root.path);
  let real: string;
  try {
    real = await host.call('realPath', { path: rootfs });
  } catch (error) {
    if (!isHostError(error)) throw error;
    const { errnoName, syscall } = error.failure;
    throw new RundletError(
      'ERR_RUNDLET_CONFIG_INVALID',
      `invalid rootfs: stat ${rootfs}: ${failureReason(error.failure)}`,
      { pointer: '/root/path', errno: errnoName, syscall, cause: error },
    );
  }
  if (real !== rootfs) {
    const message = 'invalid rootfs: not an absolute path, or a symlink';
    throw new RundletError('ERR_RUNDLET_CONFIG_INVALID', message, { pointer: '/root/path' });
  }
  return rootfs;
}

/** The text of a config, and where it is. */
export async function readBundle(
  host: Host,
  path: string,
  configFile?: string,
): Promise<{ bundle: string; text: string; file: string }> {
  const given = absolutePath(host.cwd, path);
  const file = configFile ?? configName;
  const config = configFile ?? `${given}/${configName}`;
  try {
    const [bundle, text] = await callAll(host, [
      ['realPath', { path: given }],
      ['readText', { path: config, max: maxConfigBytes }],
    ]);
    return { bundle, text, file };
  } catch (error) {
    if (!isHostError(error)) throw error;
    throw error.done.length === 0 ? noBundle(error, given) : noConfig(error, file);
  }
}

function noBundle(error: HostError, path: string): RundletError {
  const message = `chdir ${path}: ${failureReason(error.failure)}`;
  return new RundletError('ERR_RUNDLET_BUNDLE_MISSING', message, {
    errno: error.failure.errnoName,
    cause: error,
  });
}

function noConfig(error: HostError, file: string): unknown {
  if (isHostError(error, 'ENOENT')) {
    const message = `JSON specification file ${file} not found`;
    return new RundletError('ERR_RUNDLET_BUNDLE_MISSING', message, {
      errno: 'ENOENT',
      hint: `a bundle is a directory with ${configName}; \`spec\` writes a first one`,
      cause: error,
    });
  }
  const large = isHostError(error, 'EFBIG');
  return large ? systemError(error, '', 'ERR_RUNDLET_CONFIG_TOO_LARGE') : systemError(error);
}
