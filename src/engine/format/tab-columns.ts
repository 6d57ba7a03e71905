const padding = 3;

/** Cells that end with a tab as columns of a width, as Go's tabwriter makes them for Docker's tables. */
export function tabColumns(text: string, minimum = 10): string {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.split('\t'));
  const widths: number[] = [];
  for (const cells of lines) {
    for (const [column, cell] of cells.slice(0, -1).entries()) {
      widths[column] = Math.max(widths[column] ?? minimum, [...cell].length + padding);
    }
  }
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - [...cell].length));
  return lines
    .map(
      (cells) =>
        `${cells.map((cell, at) => (at < cells.length - 1 ? pad(cell, at) : cell)).join('')}\n`,
    )
    .join('');
}
