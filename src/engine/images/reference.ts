import { invalidParameter } from '../engine-error.ts';
import { isFullId } from '../full-id.ts';

/**
 * A name of an image: `[domain/]path[:tag][@digest]`, normalized as Docker does it (`busybox` is
 * `docker.io/library/busybox`). Grammar: distribution/reference.
 */
export interface Reference {
  /** `docker.io`, `localhost:5000`. */
  domain: string;
  /** `library/busybox`. */
  path: string;
  tag?: string;
  /** `sha256:…`; other algorithms are let through by the grammar. */
  digest?: string;
}

const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const name = `(?:(${domain})/)?(${pathPart}(?:/${pathPart})*)`;
const tag = '[\\w][\\w.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}';

const referenceForm = new RegExp(`^${name}(?::(${tag}))?(?:@(${digest}))?$`);
const digestForm = new RegExp(`^${digest}$`);

const maxNameLength = 255;
const defaultDomain = 'docker.io';
const officialPath = 'library/';

/** Reads a name; throws Docker's texts for what is none. */
export function parseReference(text: string): Reference {
  if (isFullId(text)) {
    throw invalidParameter(
      `invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`,
    );
  }
  const { domain: host, remainder } = splitDomain(text);
  const repository = /^[^:@]*/.exec(remainder)?.[0] ?? '';
  if (repository !== repository.toLowerCase()) {
    throw invalidParameter('invalid reference format: repository name must be lowercase');
  }
  const match = referenceForm.exec(`${host}/${remainder}`);
  if (!match) throw invalidParameter('invalid reference format');
  const [, , path = '', foundTag, foundDigest] = match;
  if (`${host}/${path}`.length > maxNameLength) {
    throw invalidParameter(`repository name must not be more than ${maxNameLength} characters`);
  }
  return {
    domain: host,
    path,
    ...(foundTag === undefined ? {} : { tag: foundTag }),
    ...(foundDigest === undefined ? {} : { digest: foundDigest }),
  };
}

function splitDomain(text: string): { domain: string; remainder: string } {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  let host = slash !== -1 && isHost ? first : defaultDomain;
  let remainder = slash !== -1 && isHost ? text.slice(slash + 1) : text;
  if (host === 'index.docker.io') host = defaultDomain;
  if (host === defaultDomain && !remainder.includes('/')) remainder = officialPath + remainder;
  return { domain: host, remainder };
}

/** The digest that `text` is: 64 hexadecimal digits or `algorithm:hex`; undefined for a name. */
export function asDigest(text: string): string | undefined {
  if (isFullId(text)) return `sha256:${text}`;
  return digestForm.test(text) &&
    /^sha(256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})$/.test(text)
    ? text
    : undefined;
}

/** The name as users write it: without Docker's own domain and `library/`. */
export function familiarName({ domain: host, path }: Reference): string {
  if (host !== defaultDomain) return `${host}/${path}`;
  const short = path.startsWith(officialPath) ? path.slice(officialPath.length) : path;
  // `library/a/b` has to stay as it is.
  return short.includes('/') ? path : short;
}

/** `name[:tag][@digest]` as users write it. */
export function familiarString(reference: Reference): string {
  const { tag: own, digest: pinned } = reference;
  return `${familiarName(reference)}${own ? `:${own}` : ''}${pinned ? `@${pinned}` : ''}`;
}

/** `docker.io/library/name[:tag][@digest]`: nothing left out. */
export function fullString({ domain: host, path, tag: own, digest: pinned }: Reference): string {
  return `${host}/${path}${own ? `:${own}` : ''}${pinned ? `@${pinned}` : ''}`;
}

/** With tag `latest` where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag || reference.digest ? reference : { ...reference, tag: 'latest' };
}

/** The key in repositories.json: of a pinned name the digest alone counts. */
export function referenceKey(reference: Reference): string {
  const { tag: _, ...pinned } = reference;
  return familiarString(reference.digest ? pinned : withDefaultTag(reference));
}
