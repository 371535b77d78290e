/** Links that lead nowhere: to a page that is not there, to an anchor that its page has not; and pages without a title. Orphans are the rule `reachable-pages` of tools/tidy. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Page } from '../pages/page.ts';

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Where a link of a page leads, from the repository's root, and the anchor in it; undefined for another site. */
export function resolveLink(
  page: Page,
  target: string,
): { path: string; anchor: string } | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined;
  const [file = '', anchor = ''] = decodeURI(target).split('#');
  const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file);
  return { path: path.replace(/\/$/, ''), anchor };
}

/** A page or its README, for a link to a folder. */
export const pageAt = (pages: ReadonlyMap<string, Page>, path: string): Page | undefined =>
  pages.get(path) ?? pages.get(`${path}/README.md`);

/** @param root the repository's root */
export function checkLinks(pages: readonly Page[], root: string): readonly Finding[] {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const findings = pages.flatMap((page) =>
    page.links.flatMap(({ target, line }): Finding[] => {
      const leads = resolveLink(page, target);
      if (leads === undefined) return [];
      const found = pageAt(byPath, leads.path);
      if (!existsSync(join(root, leads.path)))
        return [{ path: page.path, line, message: `${leads.path} does not exist` }];
      const has = found?.headings.some(({ anchor }) => anchor === leads.anchor) ?? true;
      if (leads.anchor === '' || has) return [];
      return [{ path: page.path, line, message: `${leads.path} has no heading #${leads.anchor}` }];
    }),
  );
  const untitled = pages
    .filter(({ title }) => title === '')
    .map(({ path }) => ({ path, line: 1, message: 'has no title' }));
  return [...findings, ...untitled];
}
