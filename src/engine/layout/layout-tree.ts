/** What kind of thing stands at a place. */
export type PlaceKind =
  | 'directory'
  | 'file'
  | 'fifo'
  | 'symlink'
  | 'socket'
  | 'mount'
  | 'process'
  | 'cgroup'
  | 'group';

/** One node of a container's layout; groups have no path. */
export interface Place {
  /** As drawn: the path below its parent, or a group's heading. */
  name: string;
  /** Absolute; empty for groups and processes. */
  path: string;
  kind: PlaceKind;
  /** What it is for, in a few words. */
  role: string;
  /** Whether it exists now. Filled in by `look`; groups exist when anything in them does. */
  exists: boolean;
  /** What else the look showed: a size, what is in a small file. */
  detail?: string;
  children: Place[];
}

/** Whose layout it is. */
export interface Layout {
  id: string;
  name: string;
  image: string;
  state: string;
  dataRoot: string;
  execRoot: string;
  places: Place[];
}

export function group(name: string, role: string, children: Place[]): Place {
  return { name, path: '', kind: 'group', role, exists: false, children };
}

export function place(
  kind: PlaceKind,
  path: string,
  role: string,
  children: Place[] = [],
  name = path,
): Place {
  return { name, path, kind, role, exists: false, children };
}

/** Places below one directory, by their names in it. */
export function below(
  directory: string,
  entries: readonly (readonly [kind: PlaceKind, name: string, role: string])[],
): Place[] {
  return entries.map(([kind, name, role]) => place(kind, `${directory}/${name}`, role, [], name));
}
