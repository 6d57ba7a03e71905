import { RundletError } from '../errors/rundlet-error.ts';

/** The configuration contradicts itself or the spec. */
export function invalid(pointer: string, message: string): RundletError {
  return new RundletError('ERR_RUNDLET_CONFIG_INVALID', message, { pointer });
}

/** The configuration is right, but this host or this build cannot do it. */
export function unsupported(pointer: string, message: string): RundletError {
  return new RundletError('ERR_RUNDLET_UNSUPPORTED', message, { pointer });
}
