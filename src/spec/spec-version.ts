/** Version of the runtime-spec that rundlet implements. */
export const ociVersion = '1.3.0';
