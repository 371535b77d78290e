import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ensureConsole } from './build/ensure-console.ts';
import { type FixtureServer, startFixtureServer } from './testing/fixture-server.ts';
import { startBrowser } from './testing/real-browser.ts';
import { views } from './testing/views.ts';

/** The console in a real Chromium, over answers that have the API's types; where there is none, these are skipped and say so. */
const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

/** Dozens of pages each, and a build first: a busy machine takes its time. */
const patienceMs = 300_000;

let browser: Browser | undefined;
let server: FixtureServer;
let page: Page;
/** What the browser complained about: scripts that failed, what the policy forbade. */
let complaints: string[];

beforeAll(async () => {
  browser = await startBrowser();
  if (browser === undefined) return;
  expect(await ensureConsole({ tell: console.log })).toBe(true);
}, patienceMs);
afterAll(() => browser?.close());
beforeEach(async (one) => {
  if (browser === undefined) one.skip('no Chromium on this machine');
  server = await startFixtureServer();
  const context = await browser!.newContext({
    ...{ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' },
  });
  page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // that an answer was no 200 is told by the browser itself; here it is on purpose
    const { type, text } = { type: message.type(), text: message.text() };
    if (type === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text);
  });
});
afterEach(async () => {
  await page?.context().close();
  await server?.close();
});

const settled = async (): Promise<void> => {
  await page.locator('h1, .gate').first().waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
};
const open = async (path: string): Promise<void> => {
  await page.goto(server.url + path);
  await settled();
};
/** As a link does: the page stays, the view changes. */
const goTo = async (path: string): Promise<void> => {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
  await settled();
};
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}
/** What axe finds against WCAG 2.2, A and AA. */
const violations = async (only?: 'color-contrast'): Promise<readonly string[]> => {
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(axeSource);
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const runOnly = only === undefined ? tags : { type: 'rule', values: [only] };
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] });
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as {
    violations: readonly Violation[];
  };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
};
const overflow = () =>
  page.evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`);

vi.setConfig({ testTimeout: patienceMs });

test('every view can be used by everyone: no violation of WCAG AA, light and dark, nothing wider than a phone', async () => {
  await open('/');
  for (const [name, path] of views) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: 'light' });
    await goTo(path);
    expect.soft(await violations(), `${name}, light`).toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect.soft(await violations('color-contrast'), `${name}, dark`).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    await expect.poll(overflow, { message: `${name} on a phone` }).toBeLessThanOrEqual(0);
  }
  expect(complaints).toEqual([]);
});

test.each([
  { mood: 'failing', says: 'Not known right now' },
  { mood: 'empty', says: 'Nothing flows yet' },
] as const)('when the service is $mood every view says so in words', async ({ mood, says }) => {
  server.state.mood = mood;
  await open('/');
  await page.getByText(says).first().waitFor();
  expect(await violations()).toEqual([]);
  for (const [name, path] of views.filter(([, path]) => !path.includes('?'))) {
    await goTo(path);
    expect(await page.locator('h1').textContent(), name).not.toBe('');
  }
  expect(complaints).toEqual([]);
});

test('what was known stays on the page while the service is away, and goes on by itself', async () => {
  await open('/lag');
  const port = Number(new URL(server.url).port);
  await server.close();
  await page.getByText('Shown as of').waitFor();
  await page.getByRole('link', { name: 'millrace.sink' }).waitFor();
  server = await startFixtureServer(port);
  await page.getByText('Shown as of').waitFor({ state: 'detached' });
});

test('nobody gets in without a token, a wrong one is told, a right one opens what was asked for', async () => {
  server.state.role = null;
  await open('/tables');
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor();
  expect(await violations()).toEqual([]);
  const way = await page.getByRole('link', { name: /company/ }).getAttribute('href');
  expect(way).toBe('/auth/login?to=%2Ftables');
  await page.getByLabel('Token').fill('bad');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('This token is not known.').waitFor();
  await page.getByLabel('Token').fill('good');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Tables', level: 1 }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor();
});

test('a session that ends in the middle leads to the login', async () => {
  await open('/lag');
  server.state.role = null;
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor();
});

test('everything with a name is found and reached by keys alone', async () => {
  await open('/lag');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('delays by');
  await page
    .getByRole('option', { name: /Delays by airport/ })
    .first()
    .waitFor();
  expect(await violations()).toEqual([]);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /^Delays by airport/, level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/streams/flights.delays_by_airport');
  await page.getByRole('tab', { name: 'Health' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('tab', { name: 'Schema', selected: true }).waitFor();
  expect(page.url()).toContain('tab=schema');
});

test('what a view shows is in its URL', async () => {
  await open('/lag');
  await page.getByLabel('Filter groups').fill('fraud');
  await page.getByRole('button', { name: 'Records' }).click();
  await expect.poll(() => page.url()).toContain('q=fraud');
  await expect.poll(() => page.url()).toContain('sort=records.desc');
  await page.reload();
  await page.getByRole('link', { name: 'fraud-scoring' }).waitFor();
  expect(await page.getByRole('link', { name: 'millrace.sink' }).count()).toBe(0);
  expect(await page.getByLabel('Filter groups').inputValue()).toBe('fraud');
});

test('letters are sent again only after it was shown which, and by who may', async () => {
  await open('/dead?code=transform.refused');
  await page.getByRole('button', { name: 'Send again…' }).click();
  expect(await page.getByRole('button', { name: /^Send [0-9,]+ again$/ }).count()).toBe(0);
  await page.getByLabel('Why, for the audit').fill('cured');
  await page.getByRole('button', { name: 'What would be sent?' }).click();
  await page.getByText('This would be sent').waitFor();
  expect(await violations()).toEqual([]);
  const body = { filter: { code: 'transform.refused', state: 'waiting' }, reason: 'cured' };
  expect(server.state.changes).toEqual([
    expect.objectContaining({ body: { ...body, dryRun: true, perSecond: 100 } }),
  ]);
  await page.getByRole('button', { name: 'Send 1,180 again' }).click();
  await page.getByText('1,178 of 1,180 sent, done.').waitFor();
  expect(server.state.changes[1]?.body).toMatchObject({ ...body, dryRun: false });
  server.state.role = 'viewer';
  await open('/dead');
  await page.getByText('1,204 letters').waitFor();
  expect(await page.getByRole('button', { name: 'Send again…' }).count()).toBe(0);
  await goTo('/sql');
  await page.getByText('SQL needs the role operator').waitFor();
});

test('a query runs by keys; its answer is a table, a chart and a map', async () => {
  await open('/sql');
  await page.getByRole('textbox', { name: 'SQL' }).fill('SELECT 1');
  await page.keyboard.press('Control+Enter');
  await page.getByRole('heading', { name: '11 rows' }).waitFor();
  expect(server.state.changes).toMatchObject([{ body: { sql: 'SELECT 1', limit: 1000 } }]);
  await page.getByText('Chart', { exact: true }).click();
  await page.locator('canvas').first().waitFor();
  await page.getByText('Map', { exact: true }).click();
  await expect.poll(() => page.locator('.map circle').count()).toBe(11);
  expect(complaints).toEqual([]);
});

test('the first paint is told', async () => {
  await open('/');
  const paint = await page.evaluate(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime`,
  );
  console.log(`first contentful paint after ${Math.round(Number(paint))} ms`);
  expect(paint).toBeGreaterThan(0);
});
