import type { ErrorCode } from '../errors/codes.ts';
import { RundletError } from '../errors/rundlet-error.ts';

/** What runc reports before it begins to create: without the words. */
const before: readonly ErrorCode[] = [
  'ERR_RUNDLET_BUNDLE_MISSING',
  'ERR_RUNDLET_CONFIG_SYNTAX',
  'ERR_RUNDLET_CONFIG_TOO_LARGE',
];

/** Errors of the work begin with the command's name, as runc's: `rundlet create failed: …`. */
export async function named<T>(command: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof RundletError) || before.includes(error.code)) throw error;
    const { prefixError } = await import('../errors/prefix-error.ts');
    throw prefixError(error, `rundlet ${command} failed: `);
  }
}
