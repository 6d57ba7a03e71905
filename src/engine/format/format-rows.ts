import { goMap } from '../docker-json.ts';
import { parseTemplate } from './parse-template.ts';
import { renderTemplate } from './render-template.ts';
import { tabColumns } from './tab-columns.ts';

/** One line of a listing, by the field names that templates use. */
export type Row = Readonly<Record<string, unknown>>;

export interface Listing {
  /** `table`, `table TEMPLATE`, `json`, or a template. */
  format: string;
  /** The template of plain `table`, without the word. */
  table: string;
  /** Column heads by field. */
  headers: Readonly<Record<string, string>>;
  rows: readonly Row[];
}

/** A listing as Docker's command line prints it. */
export function formatRows({ format, table, headers, rows }: Listing): string {
  const asTable = /^table(\s|$)/.test(format);
  let template = asTable ? format.slice('table'.length).trim() || table : format;
  if (template === 'json') template = '{{json .}}';
  const nodes = parseTemplate(template.replaceAll('\\t', '\t').replaceAll('\\n', '\n'));
  // A row as JSON is a Go map there: sorted.
  const lines = rows.map((row) => `${renderTemplate(nodes, goMap(Object.entries(row)))}\n`);
  if (!asTable) return lines.join('');
  return tabColumns([`${renderTemplate(nodes, headers)}\n`, ...lines].join(''));
}
