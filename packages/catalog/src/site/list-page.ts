/** The first page: every contract, and the search. */
import type { CatalogPage } from '@millrace/operations';
import { type Html, html } from './html.ts';
import { pageFrame } from './page-frame.ts';

const entry = ({ id, title, description, owner, status, source, role }: CatalogPage): Html => html`
<li data-id="${id}"><a href="contracts/${id}.html">${title ?? id}</a> <span class="soft">${id}</span>
<p>${description}</p>
<ul class="badges"><li class="${status === 'active' ? '' : 'warn'}">${status}</li><li>${source}</li>
${role !== null && html`<li>${role}</li>`}<li>${owner}</li></ul></li>`;

export const listPage = (pages: readonly CatalogPage[], siteTitle: string, madeAt: string): Html =>
  pageFrame(
    {
      ...{ siteTitle, title: siteTitle, root: '', madeAt },
      scripts: ['minisearch.js', 'search-data.js', 'search.js'],
    },
    html`<h1>${siteTitle}</h1>
<p class="soft">${pages.length} streams, from ${new Set(pages.map(({ owner }) => owner)).size} owners.</p>
<div hidden role="search"><label class="soft" for="search">Names, fields, owners, words; press / to begin</label>
<input class="search" id="search" type="search" autocomplete="off" spellcheck="false">
<p class="soft" id="found" role="status"></p></div>
<ul class="entries">${pages.map(entry)}</ul>`,
  );
