/** @returns paths of the tarballs by package name. */
export function pack(): Record<string, string>;
