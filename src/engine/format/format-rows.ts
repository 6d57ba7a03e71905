import { dockerJson, goMap } from '../docker-json.ts';
import { parseTemplate } from './parse-template.ts';
import { renderTemplate } from './render-template.ts';
import { tabColumns } from './tab-columns.ts';

/**
 * One line of a listing, by the field names that templates use. A function is a method (`{{.Label "x"}}`), and
 * no part of the row's JSON.
 */
export type Row = Readonly<Record<string, unknown>>;

export interface Listing {
  /** `table`, `table TEMPLATE`, `json`, or a template. */
  format: string;
  /** The template of plain `table`, without the word. */
  table: string;
  /** Column heads by field. */
  headers: Row;
  rows: readonly Row[];
}

/** A listing as Docker's command line prints it. */
export function formatRows({ format, table, headers, rows }: Listing): string {
  const asTable = /^table(\s|$)/.test(format);
  const template = asTable ? format.slice('table'.length).trim() || table : format;
  if (template === 'json' || /^\{\{\s*json\s+\.\s*\}\}$/.test(template)) {
    return rows.map((row) => `${rowJson(row)}\n`).join('');
  }
  const nodes = parseTemplate(template.replaceAll('\\t', '\t').replaceAll('\\n', '\n'));
  const lines = rows.map((row) => `${renderTemplate(nodes, row)}\n`);
  if (!asTable) return lines.join('');
  return tabColumns([`${renderTemplate(nodes, headers)}\n`, ...lines].join(''));
}

/** A Go map there: sorted, and escaped as Go does it. */
function rowJson(row: Row): string {
  return dockerJson(goMap(Object.entries(row).filter(([, value]) => typeof value !== 'function')));
}
