/** Where each page stands on the site: its address, its section, the order of both. Made of folders and titles; nothing is listed by hand but the order of sections. */
import type { Page } from '../pages/page.ts';

export interface SitePage {
  readonly page: Page;
  /** From the site's root, e.g. `howto/send-events.html`. */
  readonly url: string;
  readonly title: string;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly SitePage[];
}

/** Folders of docs/ in the order of the site, with their titles. A folder that is not here comes behind, under its own name. */
const folders: readonly (readonly [folder: string, title: string])[] = [
  ['start', 'Start'],
  ['howto', 'How to'],
  ['from', 'Coming from'],
  ['streams', 'Transforms'],
  ['cdc', 'Capture'],
  ['sink', 'Sink'],
  ['operations', 'Operations'],
  ['security', 'Security'],
  ['runbooks', 'Runbooks'],
  ['reference', 'Reference'],
  ['services', 'Services'],
  ['packages', 'Packages'],
  ['decisions', 'Decisions'],
  ['project', 'The project'],
];

/** What a reader begins with, in this order; other pages of docs/ itself follow. */
const first = [
  'README.md',
  'docs/getting-started.md',
  'docs/concepts.md',
  'docs/contract-format.md',
];

/** @returns every page once; sections in the site's order, pages of a section by title */
export function siteMap(pages: readonly Page[]): readonly Section[] {
  const bySection = Map.groupBy(pages, ({ path }) => folderOf(path));
  const known = folders.map(([folder]) => folder);
  const names = [...known, ...[...bySection.keys()].filter((name) => !known.includes(name)).sort()];
  return names.flatMap((name) => {
    const found = bySection.get(name);
    if (found === undefined) return [];
    const title = folders.find(([folder]) => folder === name)?.[1] ?? capital(name);
    const entries = found.map((page) => ({ page, url: urlOf(page.path), title: page.title }));
    return [{ title, pages: entries.sort(name === 'decisions' ? byPath : byRankAndTitle) }];
  });
}

/** The address of a page on the site. */
export const urlOf = (path: string): string =>
  path
    .replace(/^docs\//, '')
    .replace(/^(?!README)[A-Z]+\.md$/, (name) => name.toLowerCase())
    .replace(/^((?:services|packages)\/[^/]+)\/README\.md$/, '$1.html')
    .replace(/(^|\/)README\.md$/, '$1index.html')
    .replace(/\.md$/, '.html');

function folderOf(path: string): string {
  const parts = path.replace(/^docs\//, '').split('/');
  if (/^docs\/howto\/from-/.test(path)) return 'from';
  if (/^[A-Z]+\.md$/.test(path) && path !== 'README.md') return 'project';
  return parts.length === 1 ? 'start' : (parts[0] ?? '');
}

const rank = ({ page }: SitePage): number => {
  const at = first.indexOf(page.path);
  return at === -1 ? first.length : at;
};
const byRankAndTitle = (a: SitePage, b: SitePage): number =>
  rank(a) - rank(b) || a.title.localeCompare(b.title, 'en');
const byPath = (a: SitePage, b: SitePage): number =>
  Number(b.url.endsWith('index.html')) - Number(a.url.endsWith('index.html')) ||
  (a.url < b.url ? -1 : 1);
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
