import { toBase64 } from './base64.ts';
import type { Challenge } from './challenge.ts';
import type { Credentials } from './credentials.ts';
import { faultText, readFault, registryError } from './registry-error.ts';
import type { Send } from './send.ts';

/** What is to be done in a repository: `repository:library/busybox:pull`. */
export type Scope = `repository:${string}:${string}`;

/**
 * The Authorization header that answers a registry's challenge: credentials as they are, or a token from
 * the server that the challenge names (distribution, "Token Authentication").
 * @param secure the registry is asked by https, so nothing of ours goes anywhere in the clear.
 */
export async function answerChallenge(
  send: Send,
  challenges: readonly Challenge[],
  scopes: readonly Scope[],
  credentials: Credentials | undefined,
  secure: boolean,
): Promise<string> {
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer');
  if (bearer) return `Bearer ${await fetchToken(send, bearer, scopes, credentials, secure)}`;
  if (challenges.some(({ scheme }) => scheme === 'basic')) {
    if (!credentials?.username) throw registryError('no basic auth credentials');
    return basic(credentials);
  }
  throw registryError('unauthorized: authentication required');
}

function basic({ username, password }: Credentials): string {
  return `Basic ${toBase64(`${username}:${password}`)}`;
}

async function fetchToken(
  send: Send,
  { parameters }: Challenge,
  scopes: readonly Scope[],
  credentials: Credentials | undefined,
  secure: boolean,
): Promise<string> {
  const { realm = '', service = '' } = parameters;
  if (!/^https?:\/\/[^\s"]+$/.test(realm)) {
    throw registryError(`the registry names no server for tokens: ${JSON.stringify(realm)}`);
  }
  const known = credentials?.username || credentials?.identityToken;
  if (known && secure && !realm.startsWith('https:')) {
    throw registryError(
      `the server for tokens is not asked by https, so it gets no password: ${realm}`,
    );
  }
  const answer = credentials?.identityToken
    ? await postRefresh(send, realm, service, scopes, credentials.identityToken)
    : await getToken(send, realm, service, scopes, credentials);
  if (answer.status !== 200) throw registryError(faultText(readFault(answer)));
  const token = readToken(answer.text);
  if (token === undefined)
    throw registryError('authorization server did not include a token in the response');
  return token;
}

function getToken(
  send: Send,
  realm: string,
  service: string,
  scopes: readonly Scope[],
  credentials: Credentials | undefined,
) {
  const query = [
    ...(credentials?.username ? [['account', credentials.username]] : []),
    ...scopes.map((scope) => ['scope', scope]),
    ...(service ? [['service', service]] : []),
  ].map(([name, value]) => `${name}=${encodeURIComponent(value as string)}`);
  const url = `${realm}${realm.includes('?') ? '&' : '?'}${query.join('&')}`;
  const headers = credentials?.username ? { authorization: basic(credentials) } : {};
  return send({ method: 'GET', url, headers });
}

function postRefresh(
  send: Send,
  realm: string,
  service: string,
  scopes: readonly Scope[],
  token: string,
) {
  const form = Object.entries({
    grant_type: 'refresh_token',
    service,
    client_id: 'rundlet',
    scope: scopes.join(' '),
    refresh_token: token,
  }).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return send({ method: 'POST', url: realm, headers, body: form.join('&') });
}

function readToken(text: string): string | undefined {
  try {
    const { token, access_token: access } = JSON.parse(text);
    const found = token || access;
    // It becomes a header.
    return typeof found === 'string' && /^[\x21-\x7e]+$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}
