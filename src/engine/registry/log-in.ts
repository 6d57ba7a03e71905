import type { Engine } from '../context.ts';
import { answerChallenge } from './authorize.ts';
import { toBase64 } from './base64.ts';
import {
  type Credentials,
  dockerConfigPath,
  readDockerConfig,
  runHelper,
  serverKey,
} from './credentials.ts';
import { endpointsOf } from './endpoint.ts';
import { faultText, isUnanswered, readFault, registryError } from './registry-error.ts';
import { registrySettings } from './registry-settings.ts';
import { sender } from './send.ts';
import { clientOf, ping } from './session.ts';

/** Where the password was put: in a helper, or readable in a file. */
export interface KeptLogin {
  /** Path of config.json; undefined when a helper has it. */
  file?: string;
}

/** Asks the registry whether it knows the name and password, and keeps them for later, as docker does. */
export async function logIn(
  engine: Engine,
  domain: string,
  credentials: Credentials,
  insecure: readonly string[] = [],
): Promise<KeptLogin> {
  const settings = await registrySettings(engine, { insecure });
  await checkLogin(engine, domain, credentials, settings.insecure);
  return keep(engine, domain, credentials);
}

async function checkLogin(
  engine: Engine,
  domain: string,
  credentials: Credentials,
  insecure: readonly string[],
): Promise<void> {
  const { host } = engine;
  let failure: unknown;
  for (const endpoint of endpointsOf(domain, insecure)) {
    const { handle } = await host.call('registryOpen', await clientOf(engine, domain, endpoint));
    try {
      const send = sender(host, handle);
      const challenges = await ping(send, endpoint);
      if (challenges.length === 0) return;
      const secure = endpoint.url.startsWith('https:') && !endpoint.insecure;
      const authorization = await answerChallenge(send, challenges, [], credentials, secure);
      const url = `${endpoint.url}/v2/`;
      const answer = await send({ method: 'GET', url, headers: { authorization } });
      if (answer.status === 200) return;
      throw registryError(
        `login attempt to ${url} failed with status: ${answer.status}: ${faultText(readFault(answer))}`,
      );
    } catch (error) {
      failure = error;
      if (!isUnanswered(error)) break;
    } finally {
      await host.call('registryClose', { handle });
    }
  }
  throw failure;
}

async function keep(
  { host }: Engine,
  domain: string,
  { username, password }: Credentials,
): Promise<KeptLogin> {
  const config = await readDockerConfig(host);
  const key = serverKey(domain);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  const auths = { ...config.auths };
  if (helper) {
    const secret = JSON.stringify({ ServerURL: key, Username: username, Secret: password });
    const { status, stdout, stderr } = await runHelper(host, helper, 'store', secret);
    if (status.kind !== 'exited' || status.value !== 0) {
      throw registryError(`error storing credentials: ${(stdout + stderr).trim()}`);
    }
    auths[key] = {};
  } else {
    auths[key] = { auth: toBase64(`${username}:${password}`) };
  }
  await writeConfig(host, { ...config, auths });
  return helper ? {} : { file: dockerConfigPath(host) };
}

/** Forgets the password; false when there was none. */
export async function logOut({ host }: Engine, domain: string): Promise<boolean> {
  const config = await readDockerConfig(host);
  const key = serverKey(domain);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  const { [key]: found, ...others } = config.auths ?? {};
  if (found === undefined) return false;
  if (helper) await runHelper(host, helper, 'erase', key);
  await writeConfig(host, { ...config, auths: others });
  return true;
}

/** As docker writes it, for its owner alone; what is not ours stays. */
async function writeConfig(host: Engine['host'], config: object): Promise<void> {
  const path = dockerConfigPath(host);
  const directory = path.slice(0, path.lastIndexOf('/'));
  await host.call('makeDirectory', { path: directory, mode: 0o700, parents: true });
  const text = JSON.stringify(config, null, '\t');
  await host.call('writeRecord', { path, text, mode: 0o600, durable: false });
}
