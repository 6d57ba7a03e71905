/** Filled in by the bundler (scripts/build-scripts.mjs). */
declare const RUNDLET_VERSION: string | undefined;
declare const RUNDLET_COMMIT: string | undefined;

export const buildInfo = {
  version: typeof RUNDLET_VERSION === 'string' ? RUNDLET_VERSION : '0.0.0',
  commit: typeof RUNDLET_COMMIT === 'string' ? RUNDLET_COMMIT : 'unknown',
};
