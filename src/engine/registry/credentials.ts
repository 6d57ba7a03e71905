import { RundletError } from '../../errors/rundlet-error.ts';
import type { Host } from '../../host/host.ts';
import { findText } from '../layers/store-text.ts';
import { fromBase64 } from './base64.ts';

/** Who we are at a registry. */
export interface Credentials {
  username: string;
  password: string;
  /** A token that stands for both, to be exchanged (OAuth 2 refresh token). */
  identityToken?: string;
}

/** `config.json` of docker's command line, as far as it is about registries. */
export interface DockerConfig {
  auths?: Record<string, DockerAuth>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
  [key: string]: unknown;
}

export interface DockerAuth {
  /** Base64 of `name:password`. */
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
}

/** Docker's key of its own registry, from before there were others. */
export const officialServer = 'https://index.docker.io/v1/';

const maxConfigBytes = 1024 * 1024;
const helperMilliseconds = 60_000;

/** `$DOCKER_CONFIG/config.json`, or the one in the home directory. */
export function dockerConfigPath({ env }: Host): string {
  return `${env.DOCKER_CONFIG || `${env.HOME || '/root'}/.docker`}/config.json`;
}

export async function readDockerConfig(host: Host): Promise<DockerConfig> {
  const path = dockerConfigPath(host);
  const text = await findText(host, path, maxConfigBytes);
  if (text === undefined || text.trim() === '') return {};
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) {
      return config as DockerConfig;
    }
  } catch {
    // Said below: what it holds are secrets, so nothing of it is told.
  }
  throw new RundletError('ERR_RUNDLET_INVALID_PARAMETER', `${path}: no JSON object`);
}

/** The key of a registry in config.json and in credential helpers. */
export function serverKey(domain: string): string {
  return domain === 'docker.io' || domain === 'index.docker.io' ? officialServer : domain;
}

/** What is known of us at the registry; undefined for nobody. */
export async function findCredentials(
  host: Host,
  domain: string,
): Promise<Credentials | undefined> {
  const config = await readDockerConfig(host);
  const key = serverKey(domain);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  if (helper) {
    const found = await askHelper(host, helper, key);
    if (found) return found;
  }
  const entries = Object.entries(config.auths ?? {});
  const [, entry] = entries.find(([server]) => server === key || hostOf(server) === key) ?? [];
  return entry && readAuth(entry);
}

/** `https://registry.example/v1/` → `registry.example`, as old files have it. */
function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function readAuth({ auth, username = '', password = '', identitytoken }: DockerAuth) {
  const text = auth ? fromBase64(auth) : undefined;
  const colon = text?.indexOf(':') ?? -1;
  const pair =
    text !== undefined && colon > 0
      ? { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') }
      : { username, password };
  if (pair.username === '' && !identitytoken) return undefined;
  return { ...pair, ...(identitytoken && { identityToken: identitytoken }) };
}

/** `docker-credential-<helper> get` with the server on its standard input; undefined if it knows none. */
async function askHelper(
  host: Host,
  helper: string,
  server: string,
): Promise<Credentials | undefined> {
  const { status, stdout } = await runHelper(host, helper, 'get', server);
  if (status.kind !== 'exited' || status.value !== 0) return undefined;
  const { Username = '', Secret = '' } = JSON.parse(stdout);
  if (Username === '<token>') return { username: '', password: '', identityToken: Secret };
  return Username === '' ? undefined : { username: Username, password: Secret };
}

/** Runs a credential helper, which is found on PATH. */
export async function runHelper(host: Host, helper: string, action: string, stdin: string) {
  const name = `docker-credential-${helper}`;
  if (!/^[A-Za-z0-9._-]+$/.test(helper)) {
    throw new RundletError('ERR_RUNDLET_INVALID_PARAMETER', `${name}: no name of a helper`);
  }
  return await host.call('runProgram', {
    path: '/usr/bin/env',
    args: ['env', name, action],
    cwd: '',
    stdin,
    timeout: helperMilliseconds,
  });
}
