import type { Layout, Place } from './layout-tree.ts';

/** The tree as text: `●` is there now, `○` is not; roles in a column of their own. */
export function renderLayout(layout: Layout): string {
  const lines: [string, string][] = [];
  for (const place of layout.places) {
    lines.push([`${place.name}`, place.role && `(${place.role})`]);
    addChildren(lines, layout, place.children, '', '');
    lines.push(['', '']);
  }
  const roots = `data root ${layout.dataRoot}, exec root ${layout.execRoot}`;
  return [
    `${layout.name}  ${layout.state}  image ${layout.image}`,
    layout.id,
    roots,
    '',
    ...lines.map(([left, right]) => (right ? `${left}  ${right}` : left)),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function addChildren(
  lines: [string, string][],
  layout: Layout,
  children: readonly Place[],
  indent: string,
  parent: string,
): void {
  children.forEach((child, at) => {
    const last = at === children.length - 1;
    const note = [child.role, child.detail && `[${child.detail}]`].filter(Boolean).join(' ');
    const mark = child.exists ? '●' : '○';
    lines.push([`${indent}${last ? '└─' : '├─'} ${mark} ${shown(layout, child, parent)}`, note]);
    addChildren(lines, layout, child.children, `${indent}${last ? '   ' : '│  '}`, child.path);
  });
}

/** Paths below a root start there: the roots are in the heading. */
function shown({ dataRoot, execRoot }: Layout, child: Place, parent: string): string {
  const slash = child.kind === 'directory' || child.kind === 'mount' ? '/' : '';
  if (child.name !== child.path) return child.name + slash;
  const root = [parent, dataRoot, execRoot].find(
    (base) => base && child.path.startsWith(`${base}/`),
  );
  return (root ? child.path.slice(root.length + 1) : child.path) + slash;
}
