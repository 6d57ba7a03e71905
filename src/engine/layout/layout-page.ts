import type { Layout, Place } from './layout-tree.ts';

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.4rem;margin:0}p{margin:.2rem 0 1rem;color:#555}code{font:13px/1.6 ui-monospace,monospace;overflow-wrap:anywhere}
details{border-left:2px solid #d5d9de;padding-left:.8rem;margin:.2rem 0}summary{cursor:pointer}ul{list-style:none;margin:0;padding-left:1.1rem}
li{margin:.05rem 0}.role{color:#666}.detail{color:#06c}.now::before{content:"●";color:#1a7f37;margin-right:.4rem}
.gone::before{content:"○";color:#999;margin-right:.4rem}.gone>code{color:#999}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e6e6e6}p,.role{color:#9aa4ad}.detail{color:#6cb0ff}details{border-color:#39414a}}`;

/** The same tree as one page that needs nothing else. */
export function layoutPage(layout: Layout): string {
  const title = `${layout.name}: layout`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${style}</style></head><body>
<h1>${escapeHtml(layout.name)} <small>${escapeHtml(layout.state)}</small></h1>
<p>image ${escapeHtml(layout.image)} · <code>${escapeHtml(layout.id)}</code><br>data root <code>${escapeHtml(layout.dataRoot)}</code>, exec root <code>${escapeHtml(layout.execRoot)}</code><br>● is there now, ○ is not</p>
${layout.places.map(section).join('\n')}
</body></html>
`;
}

function section(place: Place): string {
  return `<details open><summary><b>${escapeHtml(place.name)}</b> <span class="role">${escapeHtml(place.role)}</span></summary>${list(place.children)}</details>`;
}

function list(places: readonly Place[]): string {
  if (places.length === 0) return '';
  return `<ul>${places.map(item).join('')}</ul>`;
}

function item(place: Place): string {
  const detail = place.detail ? ` <span class="detail">${escapeHtml(place.detail)}</span>` : '';
  const role = place.role ? ` <span class="role">${escapeHtml(place.role)}</span>` : '';
  return `<li class="${place.exists ? 'now' : 'gone'}"><code>${escapeHtml(place.name)}</code>${role}${detail}${list(place.children)}</li>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
