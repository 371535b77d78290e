/** Lineage on a page: datasets before and behind as boxes, and what is known of fields below. */
import type { CatalogPage, LineageEdge } from '@millrace/operations';
import { type Html, html } from './html.ts';

const boxes = (edges: readonly LineageEdge[], end: 'from' | 'to'): readonly Html[] => {
  const found = new Map<string, Set<string>>();
  for (const edge of edges) {
    const { dataset } = edge[end];
    found.set(dataset, (found.get(dataset) ?? new Set()).add(edge.by));
  }
  return [...found].map(
    ([dataset, by]) => html`<li>${nameOf(dataset)}<small>${[...by].join(', ')}</small></li>`,
  );
};

const nameOf = (dataset: string): Html =>
  /^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(dataset)
    ? html`<a href="${dataset}.html">${dataset}</a>`
    : html`${dataset}`;

const fieldText = ({ dataset, field }: LineageEdge['from']): string =>
  field === null ? dataset : `${dataset} · ${field}`;

const fieldRow = (edge: LineageEdge): Html =>
  html`<tr><td>${fieldText(edge.from)}</td><td>${fieldText(edge.to)}</td><td class="soft">${edge.by}</td></tr>`;

export const lineageSection = ({ id, lineage, title }: CatalogPage): Html => {
  const before = lineage.filter(({ to }) => to.dataset === id);
  const behind = lineage.filter(({ from }) => from.dataset === id);
  const none = html`<li class="soft">nothing in the project</li>`;
  return html`<div class="flow"><ul>${before.length === 0 ? none : boxes(before, 'from')}</ul>
<span class="arrow" aria-hidden="true">→</span><div class="self">${title ?? id}</div>
<span class="arrow" aria-hidden="true">→</span><ul>${behind.length === 0 ? none : boxes(behind, 'to')}</ul></div>
<details><summary>Field by field, as far as it is known</summary><div class="scroll" role="region" aria-label="Field by field" tabindex="0"><table>
<thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col">By</th></tr></thead>
<tbody>${lineage.map(fieldRow)}</tbody></table></div><p class="soft">A line without a field is true of the dataset as a whole: what a
function does inside a transform is not known.</p></details>`;
};
