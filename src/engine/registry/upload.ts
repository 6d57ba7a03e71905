import type { Reference } from '../images/reference.ts';
import type { Digest } from '../layers/layer-store.ts';
import { refusal, registryError } from './registry-error.ts';
import type { Session } from './session.ts';

/** Size of a blob that the repository has; undefined if it has none. */
export async function blobSize(session: Session, digest: Digest): Promise<number | undefined> {
  const url = `${session.repository}/blobs/${digest}`;
  const answer = await session.send({ method: 'HEAD', url });
  const size = Number(answer.header('content-length'));
  return answer.status === 200 && Number.isSafeInteger(size) ? size : undefined;
}

/** Takes a blob of another repository of the same registry; false where it does not. */
export async function mountBlob(session: Session, digest: Digest, from: string): Promise<boolean> {
  const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
  const url = `${session.repository}/blobs/uploads/?${query}`;
  const answer = await session.send({ method: 'POST', url, body: '' });
  if (answer.status === 201) return true;
  // It began an upload instead, which nobody goes on with.
  const place = answer.status === 202 ? answer.header('location') : undefined;
  if (place !== undefined) {
    await session.send({ method: 'DELETE', url: absolute(session, place) });
  }
  return false;
}

/** Where an upload goes. */
export async function beginUpload(session: Session, reference: Reference): Promise<string> {
  const url = `${session.repository}/blobs/uploads/`;
  const answer = await session.send({ method: 'POST', url, body: '' });
  if (answer.status !== 202) throw refusal(answer, reference, 'push');
  const place = answer.header('location');
  if (place === undefined) throw registryError('the registry does not say where to upload');
  return absolute(session, place);
}

/** Sends all at once: a text, or a packed layer of the host. */
export async function finishUpload(
  session: Session,
  reference: Reference,
  place: string,
  { digest, ...body }: { digest: Digest; text?: string; blob?: number },
): Promise<void> {
  const url = `${place}${place.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
  const headers = { 'content-type': 'application/octet-stream' };
  const request = { method: 'PUT' as const, url, headers };
  const answer =
    body.blob === undefined
      ? await session.send({ ...request, body: body.text ?? '' })
      : await session.upload(request, body.blob);
  if (answer.status !== 201) throw refusal(answer, reference, 'push');
}

/** A text as a blob, unless it is there. */
export async function putBlob(
  session: Session,
  reference: Reference,
  digest: Digest,
  text: string,
): Promise<void> {
  if ((await blobSize(session, digest)) !== undefined) return;
  const place = await beginUpload(session, reference);
  await finishUpload(session, reference, place, { digest, text });
}

/** The registry's own address may be left out; another host would get our authorization. */
function absolute({ repository }: Session, place: string): string {
  const origin = /^https?:\/\/[^/]+/.exec(repository)?.[0] ?? '';
  if (place.startsWith('/')) return `${origin}${place}`;
  if (place.startsWith(`${origin}/`)) return place;
  throw registryError(`${origin} sends uploads elsewhere, which is refused: ${place}`);
}
