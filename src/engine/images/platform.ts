/** What an image runs on. */
export interface Platform {
  os: string;
  /** Go's word: `amd64`, `arm64`. */
  architecture: string;
  variant?: string;
}

/** Other words for architectures. */
export const architectureWords: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  i386: '386',
  aarch64: 'arm64',
};

/**
 * The first of an index's manifests for the platform; one without a platform only where no other fits.
 * Attestations say `unknown` and are passed over.
 */
export function choosePlatform<T extends { platform?: Record<string, unknown> }>(
  manifests: readonly T[],
  wanted: Platform,
): T | undefined {
  const fits = manifests.filter(
    ({ platform }) => platform?.os === wanted.os && platform?.architecture === wanted.architecture,
  );
  const exact = wanted.variant
    ? fits.find(({ platform }) => platform?.variant === wanted.variant)
    : fits[0];
  return exact ?? (wanted.variant ? undefined : manifests.find(({ platform }) => !platform));
}
