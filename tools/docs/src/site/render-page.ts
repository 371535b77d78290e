/** A page's Markdown as HTML for the site: code is coloured, headings carry anchors, links lead to pages of the site or to the source. */
import hljs from 'highlight.js';
import type { Token } from 'markdown-it';
import { createParser, type Page, plainText } from '../pages/page.ts';
import { createSlugger } from '../pages/slug.ts';
import { pageAt, resolveLink } from './check-links.ts';
import { urlOf } from './site-map.ts';

export interface RenderOptions {
  readonly pages: ReadonlyMap<string, Page>;
  /** Where files that are no page are read, with a slash at the end. */
  readonly sourceUrl: string;
}

const colours: Readonly<Record<string, string>> = {
  sh: 'bash',
  ts: 'typescript',
  js: 'javascript',
};

/** @returns what stands in `<main>`; comments are left out, other HTML is shown as text */
export function renderPage(page: Page, { pages, sourceUrl }: RenderOptions): string {
  const parser = createParser();
  const slug = createSlugger();
  const escapeHtml = parser.utils.escapeHtml;
  const { rules } = parser.renderer;
  rules['html_block'] = rules['html_inline'] = (tokens, index) => htmlOf(tokens[index], escapeHtml);
  rules['heading_open'] = (tokens, index) => {
    const { tag = 'h2' } = tokens[index] ?? {};
    const anchor = slug(plainText(tokens[index + 1]));
    return tag === 'h1'
      ? `<h1 id="${anchor}">`
      : `<${tag} id="${anchor}"><a class="anchor" href="#${anchor}" aria-hidden="true" tabindex="-1">#</a>`;
  };
  rules['fence'] = (tokens, index) => {
    const { content = '', info = '' } = tokens[index] ?? {};
    const language = colours[info.trim()] ?? info.trim();
    const code = hljs.getLanguage(language)
      ? hljs.highlight(content, { language }).value
      : escapeHtml(content);
    return `<pre tabindex="0"><code>${code}</code></pre>\n`;
  };
  rules['table_open'] = () =>
    '<div class="table" tabindex="0" role="region" aria-label="Table"><table>';
  rules['table_close'] = () => '</table></div>\n';
  const tokens = parser.parse(page.text, {});
  for (const token of tokens.flatMap((token) => [token, ...(token.children ?? [])])) {
    if (token.type === 'link_open') redirect(token, 'href');
    if (token.type === 'image') redirect(token, 'src');
  }
  return parser.renderer.render(tokens, parser.options, {});

  function redirect(token: Token, attribute: 'href' | 'src'): void {
    const target = String(token.attrGet(attribute) ?? '');
    const leads = resolveLink(page, target);
    if (leads === undefined || target.startsWith('#')) return;
    const found = pageAt(pages, leads.path);
    const anchor = leads.anchor === '' ? '' : `#${leads.anchor}`;
    const up = '../'.repeat(urlOf(page.path).split('/').length - 1);
    const isPicture = leads.path.startsWith('docs/images/');
    if (isPicture) token.attrSet(attribute, `${up}${leads.path.replace(/^docs\//, '')}`);
    else if (found === undefined) token.attrSet(attribute, `${sourceUrl}${leads.path}${anchor}`);
    else token.attrSet(attribute, `${up}${urlOf(found.path)}${anchor}`);
  }
}

function htmlOf(token: Token | undefined, escapeHtml: (text: string) => string): string {
  const content = token?.content ?? '';
  return /^\s*<!--[\s\S]*-->\s*$/.test(content) ? '' : escapeHtml(content);
}
