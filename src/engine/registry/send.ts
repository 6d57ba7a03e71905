import type { RegistryAnswer } from '../../host/generated/plan.ts';
import type { Host } from '../../host/host.ts';
import { imageLimits } from '../images/limits.ts';
import { unanswered } from './registry-error.ts';

export interface SentRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Bytes of the answer at most. */
  max?: number;
}

export interface Answer {
  status: number;
  /** Value of a header, by its name in small letters; all of a name, joined. */
  header(name: string): string | undefined;
  text: string;
  /** Of the bytes of the text. */
  digest: string;
}

/** One request; rejects when it is not answered. */
export type Send = (request: SentRequest) => Promise<Answer>;

/** Requests by one client of the host. */
export function sender(host: Host, handle: number): Send {
  return (request) =>
    answered(request, async (whole) => {
      const { body } = request;
      const own = { handle, ...(body !== undefined && { body }) };
      return host.call('registrySend', { ...whole, ...own });
    });
}

/** Requests whose body is a packed layer of the host. */
export function uploader(host: Host, registry: number, blob: number): Send {
  return (request) =>
    answered(request, async (whole) => host.call('uploadBlob', { ...whole, registry, blob }));
}

interface Whole {
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  max: number;
}

async function answered(
  { method, url, headers = {}, max = imageLimits.manifestBytes }: SentRequest,
  call: (whole: Whole) => Promise<RegistryAnswer>,
): Promise<Answer> {
  const list = Object.entries(headers).map(([name, value]) => ({ name, value }));
  try {
    const answer = await call({ method, url, headers: list, max });
    const header = (wanted: string) => {
      const found = answer.headers.filter(({ name }) => name === wanted);
      return found.length > 0 ? found.map(({ value }) => value).join(', ') : undefined;
    };
    return { status: answer.status, header, text: answer.text, digest: answer.digest };
  } catch (error) {
    throw unanswered(error, method, url);
  }
}
