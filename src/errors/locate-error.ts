import { RundletError } from './rundlet-error.ts';

/** The text that pointers count in. */
export interface ErrorSource {
  text: string;
  /** Its name in messages. */
  file: string;
  /** Pointers whose values came from flags instead: their place in the text would mislead. */
  replaced?: readonly string[];
}

/** Whether the value at the pointer really stands in the text. */
export function isInSource(pointer: string, source: ErrorSource | undefined): boolean {
  return !source?.replaced?.some((one) => pointer === one || pointer.startsWith(`${one}/`));
}

/** Adds the place in the file to an error that has only a pointer; the locator is loaded only then. */
export async function locateError(
  error: unknown,
  source: ErrorSource | undefined,
): Promise<unknown> {
  if (!source || !(error instanceof RundletError)) return error;
  if (error.pointer === undefined || error.location) return error;
  if (!isInSource(error.pointer, source)) return error;
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
