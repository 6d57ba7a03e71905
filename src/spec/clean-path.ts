/** A path without empty, `.` and `..` parts; lexical, and `..` never leaves the root. */
export function cleanPath(path: string): string {
  const absolute = path.startsWith('/');
  if (absolute && !needsCleaning(path)) return path;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return (absolute ? '/' : '') + parts.join('/');
}

/** `path` from `base`, cleaned; by text, no symlinks read. */
export function absolutePath(base: string, path: string): string {
  return cleanPath(path.startsWith('/') ? path : `${base}/${path}`);
}

/** A host path: absolute as it is, else below `base`. */
export function hostPath(base: string, path: string): string {
  return path.startsWith('/') ? path : cleanPath(`${base}/${path}`);
}

/** A path inside the container: absolute and clean. */
export function containerPath(path: string): string {
  return cleanPath(path.startsWith('/') ? path : `/${path}`);
}

function needsCleaning(path: string): boolean {
  return path.includes('//') || path.includes('/.') || (path.length > 1 && path.endsWith('/'));
}
