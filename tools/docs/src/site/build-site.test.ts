/** The site as it is built of the repository's pages, and as a browser shows it where there is one. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startBrowser } from '@millrace/testkit';
import type { Browser, Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { readPage } from '../pages/page.ts';
import { repositoryPages } from '../pages/repository-pages.ts';
import { root } from '../reference-pages.ts';
import { buildSite } from './build-site.ts';
import { checkLinks } from './check-links.ts';

const pages = repositoryPages(root);
let directory: string;
let browser: Browser | undefined;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-site-'));
  expect(buildSite(root, pages, directory)).toEqual({ pages: pages.length, findings: [] });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(directory, { recursive: true });
});

const html = () => globSync('**/*.html', { cwd: directory });

test('a dead link, a dead anchor and a page without a title are found, and nothing is built', () => {
  const bad = readPage('docs/x.md', 'No title. [a](gone.md) [b](concepts.md#gone) [c](#gone)\n');
  expect(checkLinks([...pages, bad], root).map(({ message }) => message)).toEqual([
    'docs/gone.md does not exist',
    'docs/concepts.md has no heading #gone',
    'docs/x.md does not exist',
    'has no title',
  ]);
  expect(buildSite(root, [...pages, bad], join(directory, 'not-built')).pages).toBe(0);
  expect(existsSync(join(directory, 'not-built'))).toBe(false);
});

test('every link of every page leads to a page, an anchor or a file of the site', () => {
  const text = new Map(html().map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
  const dead = [...text].flatMap(([file, page]) =>
    [...page.matchAll(/(?:href|src)="(?!https?:|mailto:|data:)([^"]*)"/g)]
      .map(([, target = '']) => target)
      .filter((target) => {
        const [path = '', anchor] = target.split('#');
        const leads = path === '' ? file : posix.join(posix.dirname(file), path);
        if (!existsSync(join(directory, leads))) return true;
        return anchor !== undefined && !text.get(leads)?.includes(`id="${decodeURI(anchor)}"`);
      })
      .map((target) => `${file}: ${target}`),
  );
  expect(text.size).toBe(pages.length);
  expect(dead).toEqual([]);
});

test('nothing is loaded from elsewhere, and no mark of a page is shown', () => {
  for (const file of globSync('**/*.{html,css}', { cwd: directory })) {
    const text = readFileSync(join(directory, file), 'utf8');
    expect(text, file).not.toMatch(
      /<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?\/\//,
    );
    expect(text, file).not.toMatch(/@import|url\(/);
    expect(text, file).not.toMatch(/^<!-- /m);
  }
});

const open = async ({ skip }: TestContext, url: string, options: object): Promise<Tab> => {
  if (browser === undefined) skip('no Chromium on this machine');
  const tab = await browser!.newPage(options);
  const outside = (address: string) => !/^(file|data):/.test(address);
  tab.on('request', (request) => expect(outside(request.url()), request.url()).toBe(false));
  tab.on('pageerror', (error) => expect.fail(String(error)));
  await tab.goto(pathToFileURL(join(directory, url)).href);
  return tab;
};

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const phone = { viewport: { width: 390, height: 800 } };

test.for([
  ['getting-started.html', { colorScheme: 'light' }],
  ['howto/from-debezium.html', { colorScheme: 'dark' }],
  ['concepts.html', { colorScheme: 'dark', ...phone }],
] as const)(
  '%s %j: axe finds no violation of WCAG 2.2 AA, and nothing is wider than the screen',
  async ([url, options], one) => {
    const tab = await open(one, url, options);
    await tab.evaluate(axe);
    const { violations } = (await tab.evaluate(
      `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })`,
    )) as { violations: readonly { id: string; nodes: readonly { html: string }[] }[] };
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
    const [wide, screen] = (await tab.evaluate(
      '[document.documentElement.scrollWidth, innerWidth]',
    )) as [number, number];
    expect(wide).toBeLessThanOrEqual(screen);
    await tab.close();
  },
);

test('the search works from files, forgives a typing mistake and leads to the heading; the theme is kept', async (one) => {
  const tab = await open(one, 'runbooks/ConsumerLag.html', { colorScheme: 'light' });
  await tab.keyboard.press('/');
  await tab.keyboard.type('transfrom');
  await tab.locator('#found a').first().waitFor();
  await tab.fill('#search', 'Tables without a primary key');
  await expect.poll(() => tab.locator('#found a').count()).toBeGreaterThan(0);
  await tab.locator('#found a').first().click();
  await expect.poll(() => tab.url()).not.toContain('ConsumerLag');
  await tab.click('#theme');
  await tab.reload();
  expect(await tab.evaluate('document.documentElement.dataset.theme')).toBe('dark');
  await tab.close();
});
