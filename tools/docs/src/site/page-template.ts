/** The frame of every page of the site: head, navigation, what is on this page, the next one. Nothing in it comes from elsewhere. */
import type { Heading } from '../pages/page.ts';
import type { Section, SitePage } from './site-map.ts';

export interface Frame {
  readonly here: SitePage;
  readonly sections: readonly Section[];
  readonly body: string;
  readonly version: string;
}

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** @returns a whole HTML document; addresses are relative, so that the site works in any folder and from files */
export function pageTemplate({ here, sections, body, version }: Frame): string {
  const up = '../'.repeat(here.url.split('/').length - 1);
  const all = sections.flatMap(({ pages }) => pages);
  const at = all.findIndex(({ url }) => url === here.url);
  return `<!doctype html>
<html lang="en" data-root="${up}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(here.title)}${here.title === 'Millrace' ? '' : ' · Millrace'}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${up}site.css">
<script src="${up}site.js" defer></script>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<button id="menu" aria-expanded="false" aria-controls="nav">Menu</button>
<a class="home" href="${up}index.html">Millrace</a> <span class="version">${escapeHtml(version)}</span>
<div class="search"><input id="search" type="search" placeholder="Search ( / )" aria-label="Search the documentation" autocomplete="off" aria-controls="found"><div id="found" hidden></div></div>
<button id="theme" aria-label="Light or dark">◐</button>
</header>
<nav id="nav" aria-label="Pages">
${sections.map((section) => sectionHtml(section, here, up)).join('\n')}
</nav>
<main id="content">
${body}
<footer>${neighbour(all[at - 1], up, 'prev', '← ')}${neighbour(all[at + 1], up, 'next', '', ' →')}</footer>
</main>
${onThisPage(here.page.headings)}
</body>
</html>
`;
}

function sectionHtml({ title, pages }: Section, here: SitePage, up: string): string {
  const isOpen = pages.some(({ url }) => url === here.url) || title === 'Start';
  const items = pages.map(
    (page) =>
      `<li><a href="${up}${page.url}"${page.url === here.url ? ' aria-current="page"' : ''}>${escapeHtml(page.title)}</a></li>`,
  );
  return `<details${isOpen ? ' open' : ''}><summary>${escapeHtml(title)}</summary><ul>${items.join('')}</ul></details>`;
}

const neighbour = (
  page: SitePage | undefined,
  up: string,
  rel: string,
  before = '',
  after = '',
): string =>
  page === undefined
    ? ''
    : `<a rel="${rel}" href="${up}${page.url}">${before}${escapeHtml(page.title)}${after}</a>`;

function onThisPage(headings: readonly Heading[]): string {
  const shown = headings.filter(({ level }) => level === 2);
  if (shown.length < 2) return '';
  const items = shown.map(
    ({ text, anchor }) => `<li><a href="#${anchor}">${escapeHtml(text)}</a></li>`,
  );
  return `<aside aria-label="On this page"><p>On this page</p><ul>${items.join('')}</ul></aside>`;
}
