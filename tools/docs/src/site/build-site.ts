/** Builds the site: every page, the search index, one style sheet and one script. Makes no request and needs no server. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '../pages/page.ts';
import { checkLinks, type Finding } from './check-links.ts';
import { pageTemplate } from './page-template.ts';
import { renderPage } from './render-page.ts';
import { searchIndex } from './search-index.ts';
import { siteMap } from './site-map.ts';

const sourceUrl = 'https://github.com/millrace/millrace/blob/main/';

export interface BuiltSite {
  readonly pages: number;
  /** Not empty: nothing was built. */
  readonly findings: readonly Finding[];
}

/**
 * @param root the repository's root
 * @param directory is emptied first
 */
export function buildSite(root: string, pages: readonly Page[], directory: string): BuiltSite {
  const findings = checkLinks(pages, root);
  if (findings.length > 0) return { pages: 0, findings };
  rmSync(directory, { recursive: true, force: true });
  const sections = siteMap(pages);
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  for (const here of sections.flatMap((section) => section.pages)) {
    const body = renderPage(here.page, { pages: byPath, sourceUrl });
    write(here.url, pageTemplate({ here, sections, body, version }));
  }
  write('search-index.js', searchIndex(pages));
  for (const file of ['site.css', 'site.js'])
    write(file, readFileSync(fileURLToPath(new URL(`browser/${file}`, import.meta.url)), 'utf8'));
  const minisearch = dirname(createRequire(import.meta.url).resolve('minisearch'));
  write(
    'minisearch.js',
    readFileSync(join(minisearch, '../umd/index.js'), 'utf8').replace(
      /^\/\/# sourceMappingURL.*$/m,
      '',
    ),
  );
  cpSync(join(root, 'docs/images'), join(directory, 'images'), { recursive: true });
  return { pages: pages.length, findings };
}
