import { RundletError } from './rundlet-error.ts';

/** Adds the place in the file to an error that has only a pointer; the locator is loaded only then. */
export async function locateError(
  error: unknown,
  source: { text: string; file: string } | undefined,
): Promise<unknown> {
  if (!source || !(error instanceof RundletError)) return error;
  if (error.pointer === undefined || error.location) return error;
  const { code, message, pointer, errno, syscall, hint, step, exitCode } = error;
  const { locate } = await import('../spec/locate.ts');
  return new RundletError(code, message, {
    pointer,
    location: { file: source.file, ...locate(source.text, pointer) },
    ...(errno && { errno }),
    ...(syscall && { syscall }),
    ...(hint && { hint }),
    ...(step && { step }),
    exitCode,
    cause: error.cause ?? error,
  });
}
