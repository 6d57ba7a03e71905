import { RundletError } from '../../errors/rundlet-error.ts';
import { failureReason, HostError } from '../../host/host-error.ts';
import { isObject } from '../images/image-archive.ts';
import { familiarName, familiarString, type Reference } from '../images/reference.ts';

/** What a registry says is wrong (distribution spec, "Error Codes"). */
export interface RegistryFault {
  /** `MANIFEST_UNKNOWN`; empty where it does not say. */
  code: string;
  message: string;
}

export interface Answered {
  status: number;
  text: string;
}

const statusWords: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The first fault of an answer; its status stands for one that says nothing. */
export function readFault({ status, text }: Answered): RegistryFault {
  try {
    const { errors, details } = JSON.parse(text);
    const [first] = Array.isArray(errors) ? errors : [];
    if (isObject(first) && typeof first.code === 'string') {
      const { code, message } = first;
      return { code, message: typeof message === 'string' && message ? message : spoken(code) };
    }
    if (typeof details === 'string' && details !== '') {
      return { code: status === 401 ? 'UNAUTHORIZED' : '', message: details };
    }
  } catch {
    // Not JSON: the status has to do.
  }
  if (status === 401) return { code: 'UNAUTHORIZED', message: 'authentication required' };
  if (status === 403) {
    return { code: 'DENIED', message: 'requested access to the resource is denied' };
  }
  if (status === 429) return { code: 'TOOMANYREQUESTS', message: 'too many requests' };
  const words = statusWords[status];
  return {
    code: '',
    message: `received unexpected HTTP status: ${status}${words ? ` ${words}` : ''}`,
  };
}

function spoken(code: string): string {
  return code.replace(/_/g, ' ').toLowerCase();
}

/** `manifest unknown: manifest unknown`, as Go's client prints code and message. */
export function faultText({ code, message }: RegistryFault): string {
  return code === '' ? message : `${spoken(code)}: ${message}`;
}

/** An answer that refuses what was asked, with Docker's words about the image. */
export function refusal(
  answer: Answered,
  reference: Reference,
  act: 'pull' | 'push' = 'pull',
): RundletError {
  const fault = readFault(answer);
  const said = faultText(fault);
  const missing = (text: string) => registryError(`${text}: ${said}`, 'ERR_RUNDLET_NO_SUCH_OBJECT');
  if (act === 'push') return registryError(said);
  switch (fault.code) {
    case 'DENIED':
      return missing(
        `pull access denied for ${familiarName(reference)}, repository does not exist or may require 'docker login'`,
      );
    case 'MANIFEST_UNKNOWN':
      return missing(`manifest for ${familiarString(reference)} not found`);
    case 'NAME_UNKNOWN':
      return missing(`repository ${familiarName(reference)} not found`);
    default:
      if (answer.status === 404)
        return missing(`manifest for ${familiarString(reference)} not found`);
      return registryError(said);
  }
}

export function registryError(
  message: string,
  code: 'ERR_RUNDLET_REGISTRY' | 'ERR_RUNDLET_NO_SUCH_OBJECT' = 'ERR_RUNDLET_REGISTRY',
  cause?: unknown,
): RundletError {
  return new RundletError(code, message, { cause });
}

/** A request that was not answered: `Get "https://x/v2/": dial tcp: lookup x: no such host`. */
export function unanswered(error: unknown, method: string, url: string): unknown {
  if (!(error instanceof HostError)) return error;
  const { syscall } = error.failure;
  const reason = failureReason(error.failure);
  const authority = /^https?:\/\/([^/]+)/.exec(url)?.[1] ?? url;
  const act =
    syscall === 'lookup'
      ? `dial tcp: lookup ${authority.replace(/:\d+$/, '')}: `
      : syscall === 'connect'
        ? `dial tcp ${authority}: connect: `
        : '';
  const verb = method[0] + method.slice(1).toLowerCase();
  return registryError(`${verb} "${url}": ${act}${reason}`, 'ERR_RUNDLET_REGISTRY', error);
}

/** Whether a registry did not answer at all, so that another way to it may be tried. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof RundletError && error.cause instanceof HostError;
}
