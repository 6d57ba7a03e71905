import { exactJson } from '../../host/exact-json.ts';
import { parseTemplate } from './parse-template.ts';
import { renderTemplate } from './render-template.ts';

/** What `inspect` prints: an array with an indent of four, or the template's line for each object. */
export function formatObjects(objects: readonly unknown[], format: string | undefined): string {
  if (format === undefined || format === '') {
    return objects.length === 0 ? '[]\n' : `${exactJson(objects, 4)}\n`;
  }
  if (objects.length === 0) return '\n';
  const nodes = parseTemplate(format === 'json' ? '{{json .}}' : format);
  return objects.map((object) => `${renderTemplate(nodes, object)}\n`).join('');
}
