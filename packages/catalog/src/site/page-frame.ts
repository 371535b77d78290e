/** What every page of the site has around its content. */
import { type Content, type Html, html } from './html.ts';

export interface PageFrame {
  readonly siteTitle: string;
  readonly title: string;
  /** From the page to the site's root: `` or `../`. */
  readonly root: string;
  /** When the site was made, in words. */
  readonly madeAt: string;
  readonly scripts?: readonly string[];
}

export const pageFrame = (frame: PageFrame, content: Content): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${frame.title === frame.siteTitle ? frame.title : `${frame.title} · ${frame.siteTitle}`}</title>
<link rel="stylesheet" href="${frame.root}style.css">
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="bar"><div>
<a class="home" href="${frame.root}index.html">${frame.siteTitle}</a>
${frame.title !== frame.siteTitle && html`<span class="path">${frame.title}</span>`}
</div></header>
<main id="content">${content}</main>
<footer>Made of the contracts on ${frame.madeAt}. As data:
<a href="${frame.root}catalog.json">JSON</a>, <a href="${frame.root}dcat.jsonld">DCAT</a>,
<a href="${frame.root}asyncapi.json">AsyncAPI</a>.</footer>
${(frame.scripts ?? []).map((script) => html`<script src="${frame.root}${script}"></script>`)}
</body>
</html>
`;

/** `2 h` ago is of no use on a page that stays: the moment. */
export const momentText = (ms: number | null): string =>
  ms === null ? 'not known' : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const countText = (count: number | null): string =>
  count === null ? 'not known' : count.toLocaleString('en-US');

export const bytesText = (bytes: number | null): string => {
  if (bytes === null) return 'not known';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  const at = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${Number((bytes / 1000 ** at).toPrecision(3))} ${units[at]}`;
};
