import type { TraceEvent } from './record-trace.ts';
import { shownRows, type TraceRow } from './trace-rows.ts';

/** The timeline as one page that needs nothing else: no script, no network. Pure. */
export function tracePage(events: readonly TraceEvent[]): string {
  const { rows, total } = shownRows(events);
  const lines = rows.map((row) => line(row, total)).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>rundlet trace: ${rows.length} operations, ${total.toFixed(2)} ms</title>
<style>
  body { font: 13px/1.5 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }
  table { border-collapse: collapse; width: 100% }
  td, th { padding: 1px 8px; text-align: left; white-space: nowrap }
  td.n { text-align: right; font-variant-numeric: tabular-nums }
  td.bar { width: 60%; background: linear-gradient(to right, #ddd 1px, transparent 1px) 0 0 / 10% 100% }
  td.bar i { display: block; height: 11px; min-width: 1px; background: #3b6fb6; border-radius: 2px }
  tr.waits i { background: #c8c8c8 }
  tr.failed i { background: #c0392b }
  td.subject { color: #777; max-width: 26em; overflow: hidden; text-overflow: ellipsis }
  @media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } }
</style>
<h1>rundlet trace</h1>
<p>${rows.length} operations in ${total.toFixed(2)} ms; what waits for the container is grey and cut off.</p>
<table>
<tr><th>at, ms<th>takes, ms<th>operation<th>timeline<th>on</tr>
${lines}
</table>
</html>
`;
}

function line({ at, takes, name, subject, waits, failed }: TraceRow, total: number): string {
  const percent = (value: number) => ((Math.min(value, total) / (total || 1)) * 100).toFixed(2);
  const width = percent(Math.min(takes, Math.max(total - at, 0)));
  const kind = failed ? ' class="failed"' : waits ? ' class="waits"' : '';
  return `<tr${kind}><td class="n">${at.toFixed(2)}<td class="n">${takes.toFixed(2)}<td>${html(name)}<td class="bar"><i style="margin-left:${percent(at)}%;width:${width}%"></i><td class="subject">${html(subject)}</tr>`;
}

function html(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
