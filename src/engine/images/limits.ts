/** What an archive, a manifest or a layer may cost at most (security: nothing of them is trusted). */
export const imageLimits = {
  /** Of manifest.json, index.json and manifests. */
  manifestBytes: 4 * 1024 * 1024,
  /** Of a layer's tar, and of the copy of an archive that is no plain file. */
  layerBytes: 1024 ** 4,
  /** Entries of a layer. */
  entries: 4_000_000,
  /** Members of an archive. */
  members: 100_000,
  /** Docker's; an overlay mount takes no more. */
  layers: 127,
  /** Indexes within indexes. */
  indexDepth: 4,
} as const;
