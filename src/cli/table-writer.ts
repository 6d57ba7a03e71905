const minimumWidth = 12;
const padding = 3;

/** Columns as runc's tabwriter sets them: at least 12 wide, 3 apart; the last column is not padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? minimumWidth, length(cell) + padding);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - length(cell)),
      )
      .join('');
  return rows.map((row) => `${line(row)}\n`).join('');
}

/** In code points. */
function length(text: string): number {
  return [...text].length;
}
