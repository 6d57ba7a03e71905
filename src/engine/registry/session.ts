import type { RegistryOpen } from '../../host/generated/plan.ts';
import type { Engine } from '../context.ts';
import { answerChallenge, type Scope } from './authorize.ts';
import { findCertificates } from './certificates.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { type Endpoint, endpointsOf, mirrorEndpoint } from './endpoint.ts';
import { faultText, isUnanswered, readFault, registryError } from './registry-error.ts';
import { type Answer, type Send, type SentRequest, sender, uploader } from './send.ts';

/** A registry that answers, and what it lets us do. */
export interface Session {
  /** `https://registry-1.docker.io/v2/library/busybox`. */
  repository: string;
  /** How the host's client is opened, for transfers with one of their own. */
  client: RegistryOpen;
  /** What requests carry now; empty for none. */
  authorization(): string;
  /** Sends with authorization, which is fetched when the registry asks for it. */
  send(request: SentRequest): Promise<Answer>;
  /** The same with a packed layer of the host as its body. */
  upload(request: Omit<SentRequest, 'body'>, blob: number): Promise<Answer>;
  /** Gets another authorization for the challenge of a WWW-Authenticate header. */
  renew(header: string): Promise<string>;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** Path of the repository: `library/busybox`. */
  path: string;
  actions: 'pull' | 'pull,push';
  /** Paths of further repositories that are only read. */
  mountFrom?: readonly string[];
  /** Registries that may be asked by http. */
  insecure?: readonly string[];
  /** `https://mirror.example`, asked in place of the domain's own registry. */
  mirror?: string;
  /** Gets what ends all requests of the session. */
  onStoppable?: (stop: (() => Promise<void>) | undefined) => void;
}

/** Finds the registry of a domain and what it wants; rejects with Docker's words where there is none. */
export async function openSession(
  engine: Engine,
  domain: string,
  { path, actions, mountFrom = [], insecure, mirror, onStoppable }: SessionOptions,
): Promise<Session> {
  const { host } = engine;
  let failure: unknown;
  // Of a mirror the domain is its own: it gets no password for another.
  const asked = mirror?.replace(/^https?:\/\//, '') ?? domain;
  const endpoints =
    mirror === undefined ? endpointsOf(domain, insecure) : [mirrorEndpoint(mirror, insecure)];
  for (const endpoint of endpoints) {
    const client = await clientOf(engine, asked, endpoint);
    const { handle } = await host.call('registryOpen', client);
    const close = async () => void (await host.call('registryClose', { handle }));
    onStoppable?.(close);
    try {
      const send = sender(host, handle);
      const challenges = await ping(send, endpoint);
      const scopes: Scope[] = [
        `repository:${path}:${actions}`,
        ...mountFrom.map((other): Scope => `repository:${other}:pull`),
      ];
      const credentials = await findCredentials(host, asked);
      const repository = `${endpoint.url}/v2/${path}`;
      const authorized = new Authorized(send, scopes, credentials, endpoint);
      if (challenges.length > 0) await authorized.answer(challenges);
      return {
        repository,
        client,
        authorization: () => authorized.header,
        send: (request) => authorized.send(request),
        upload: (request, blob) => authorized.send(request, uploader(host, handle, blob)),
        renew: (header) => authorized.answer(parseChallenges(header)),
        close,
      };
    } catch (error) {
      await close();
      failure = error;
      if (!isUnanswered(error)) break;
    }
  }
  throw failure;
}

/** How the host's client for an endpoint is opened. */
export async function clientOf(
  { host }: Engine,
  domain: string,
  { insecure }: Endpoint,
): Promise<RegistryOpen> {
  return {
    insecure,
    ...(await findCertificates(host, domain)),
    bundle: host.env.SSL_CERT_FILE ?? '',
    userAgent: 'rundlet',
  };
}

/** `GET /v2/`: the challenges of a registry; none for one that is open to all. */
export async function ping(send: Send, { url }: Endpoint): Promise<Challenge[]> {
  const answer = await send({ method: 'GET', url: `${url}/v2/` });
  if (answer.status === 200) return [];
  if (answer.status === 401) return parseChallenges(answer.header('www-authenticate') ?? '');
  throw registryError(
    `error pinging docker registry ${url.replace(/^https?:\/\//, '')}: ${faultText(readFault(answer))}`,
  );
}

class Authorized {
  header = '';
  readonly #send: Send;
  readonly #scopes: readonly Scope[];
  readonly #credentials: Credentials | undefined;
  readonly #secure: boolean;

  constructor(
    send: Send,
    scopes: readonly Scope[],
    credentials: Credentials | undefined,
    { url, insecure }: Endpoint,
  ) {
    this.#send = send;
    this.#scopes = scopes;
    this.#credentials = credentials;
    this.#secure = url.startsWith('https:') && !insecure;
  }

  async answer(challenges: readonly Challenge[]): Promise<string> {
    const scopes = this.#scopes;
    const credentials = this.#credentials;
    this.header = await answerChallenge(this.#send, challenges, scopes, credentials, this.#secure);
    return this.header;
  }

  async send(request: SentRequest, send = this.#send): Promise<Answer> {
    const answer = await this.#once(request, send);
    if (answer.status !== 401) return answer;
    // A token lives for minutes; the second refusal is the answer.
    const before = this.header;
    await this.answer(parseChallenges(answer.header('www-authenticate') ?? ''));
    return this.header === before ? answer : this.#once(request, send);
  }

  #once(request: SentRequest, send: Send): Promise<Answer> {
    const headers = this.header
      ? { ...request.headers, authorization: this.header }
      : (request.headers ?? {});
    return send({ ...request, headers });
  }
}
