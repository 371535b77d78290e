import { startBrowser } from '@millrace/testkit';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, type ExpectStatic, expect, test, vi } from 'vitest';
import { ensureConsole } from './build/ensure-console.ts';
import { type OpenConsole, openConsole } from './testing/open-console.ts';
import { views } from './testing/views.ts';

/**
 * The console in a real Chromium, over answers that have the API's types; where there is none, these are skipped and say so. Each has a
 * page and a fixture of its own, so that they run beside each other.
 */

/** Dozens of pages each, and a build first: a busy machine takes its time. */
const patienceMs = 300_000;
vi.setConfig({ testTimeout: patienceMs });

let browser: Browser | undefined;

beforeAll(async () => {
  browser = await startBrowser();
  if (browser === undefined) return;
  expect(await ensureConsole({ tell: console.log })).toBe(true);
}, patienceMs);
afterAll(() => browser?.close());

/** A test with a page of its own; beside others, so it takes its own `expect`. */
const inConsole = (
  name: string,
  body: (opened: OpenConsole, expect: ExpectStatic) => Promise<void>,
): void => {
  test.concurrent(name, async (one) => {
    if (browser === undefined) return one.skip('no Chromium on this machine');
    const opened = await openConsole(browser, patienceMs);
    try {
      await body(opened, one.expect);
    } finally {
      await opened.close();
    }
  });
};

// by halves: each page has a processor to itself where there are two
for (const half of [0, 1])
  inConsole(
    `every view can be used by everyone: no violation of WCAG AA, light and dark, nothing wider than a phone (${half + 1} of 2)`,
    async ({ page, complaints, open, goTo, violations, overflow }, expect) => {
      await open('/');
      for (const [name, path] of views.filter((_, index) => index % 2 === half)) {
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
    },
  );

for (const [mood, says] of [
  ['failing', 'Not known right now'],
  ['empty', 'Nothing flows yet'],
] as const)
  inConsole(
    `when the service is ${mood} every view says so in words`,
    async ({ page, state, complaints, open, goTo, violations }, expect) => {
      state.mood = mood;
      await open('/');
      await page.getByText(says).first().waitFor();
      expect(await violations()).toEqual([]);
      for (const [name, path] of views.filter(([, path]) => !path.includes('?'))) {
        await goTo(path);
        expect(await page.locator('h1').textContent(), name).not.toBe('');
      }
      expect(complaints).toEqual([]);
    },
  );

inConsole(
  'what was known stays on the page while the service is away, and goes on by itself',
  async ({ page, open, leave }) => {
    await open('/lag');
    const comeBack = await leave();
    await page.getByText('Shown as of').waitFor();
    await page.getByRole('link', { name: 'millrace.sink' }).waitFor();
    await comeBack();
    await page.getByText('Shown as of').waitFor({ state: 'detached' });
  },
);

inConsole(
  'nobody gets in without a token, a wrong one is told, a right one opens what was asked for',
  async ({ page, state, open, violations }, expect) => {
    state.role = null;
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
  },
);

inConsole('a session that ends in the middle leads to the login', async ({ page, state, open }) => {
  await open('/lag');
  state.role = null;
  await page.getByRole('heading', { name: 'Sign in to Millrace' }).waitFor();
});

inConsole(
  'everything with a name is found and reached by keys alone',
  async ({ page, open, violations }, expect) => {
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
  },
);

inConsole('what a view shows is in its URL', async ({ page, open }, expect) => {
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

inConsole(
  'letters are sent again only after it was shown which, and which stay, and by who may',
  async ({ page, state, open, goTo, violations }, expect) => {
    await open('/dead?code=transform.refused');
    await page.getByRole('button', { name: 'Send again…' }).click();
    expect(await page.getByRole('button', { name: /^Send [0-9,]+ again$/ }).count()).toBe(0);
    await page.getByLabel('Why, for the audit').fill('cured');
    await page.getByRole('button', { name: 'What would be sent?' }).click();
    await page.getByText('1,178 of 1,180 letters would be sent').waitFor();
    await page.getByText(/^2 letters stay: other results of its record may stand/).click();
    const named = page.getByRole('list', { name: 'Letters that stay' }).getByRole('link');
    expect(await named.allTextContents()).toEqual(['stream-transform:0:7', 'stream-transform:0:9']);
    expect(await violations()).toEqual([]);
    const body = { filter: { code: 'transform.refused', state: 'waiting' }, reason: 'cured' };
    expect(state.changes).toEqual([
      expect.objectContaining({ body: { ...body, dryRun: true, perSecond: 100 } }),
    ]);
    await page.getByRole('button', { name: 'Send 1,178 again' }).click();
    await page.getByText('1,178 of 1,180 sent, done.').waitFor();
    expect(state.changes[1]?.body).toMatchObject({ ...body, dryRun: false });
    state.role = 'viewer';
    await open('/dead');
    await page.getByText('1,204 letters').waitFor();
    expect(await page.getByRole('button', { name: 'Send again…' }).count()).toBe(0);
    await goTo('/sql');
    await page.getByText('SQL needs the role operator').waitFor();
  },
);

inConsole(
  'a query says what it would read before it runs by keys; its answer is a table, a chart and a map',
  async ({ page, state, complaints, open, violations }, expect) => {
    const ran = () => state.changes.filter(({ path }) => path === '/sql');
    await open('/sql');
    const editor = page.getByRole('textbox', { name: 'SQL' });
    await editor.fill('SELECT * FROM system.users');
    await page.getByText(/^This would be refused: system.users is the server/).waitFor();
    expect(await violations()).toEqual([]);
    await editor.fill('SELECT origin FROM flights_departed');
    await page.getByText('Reads up to 12,408,113 rows, about 311 MB, in 412 parts.').waitFor();
    await page.getByText('At most 30 s, 1.1 GB memory, 1,000 rows answered').waitFor();
    expect(ran()).toEqual([]);
    await page.keyboard.press('Control+Enter');
    await page.getByRole('heading', { name: '11 rows' }).waitFor();
    expect(ran()).toMatchObject([
      { body: { sql: 'SELECT origin FROM flights_departed', limit: 1000 } },
    ]);
    await page.getByText('Chart', { exact: true }).click();
    await page.locator('canvas').first().waitFor();
    await page.getByText('Map', { exact: true }).click();
    await expect.poll(() => page.locator('.map circle').count()).toBe(11);
    expect(complaints).toEqual([]);
  },
);

inConsole(
  'a proposed contract is judged, and everything that it touches is named and leads to its page',
  async ({ page, state, complaints, open, violations }, expect) => {
    const asked = () => state.changes.filter(({ path }) => path === '/catalog/impact');
    await open('/streams/flights.departed?tab=impact');
    await page.getByText('Nothing is proposed yet').waitFor();
    const judge = page.getByRole('button', { name: 'Who would notice?' });
    expect(await judge.isDisabled()).toBe(true);
    const editor = page.getByRole('textbox', { name: 'schemas/flights/departed.avsc' });
    await editor.fill((await editor.inputValue()).replace('"delay"', '"late"'));
    await page.keyboard.press('Control+Enter');
    await page.getByText('1 of 2 changes are not compatible (BACKWARD)').waitFor();
    expect(asked()).toMatchObject([
      { body: { files: [{ path: 'schemas/flights/departed.avsc' }] } },
    ]);
    await page.getByRole('cell', { name: 'field-removed' }).waitFor();
    const pageOf = (name: string) =>
      page
        .getByRole('region', { name: 'Affected' })
        .getByRole('link', { name })
        .getAttribute('href');
    expect(await pageOf('delays-by-airport')).toBe('/transforms/delays-by-airport');
    expect(await pageOf('flights.delays_by_airport')).toBe('/streams/flights.delays_by_airport');
    expect(await pageOf('fraud-scoring')).toBe('/lag/fraud-scoring');
    expect(await pageOf('delay-in-range')).toBe('/quality/flights.departed/delay-in-range');
    expect(await page.locator('del').textContent()).toContain('"name": "delay"');
    expect(await page.locator('ins').textContent()).toContain('"name": "late"');
    // a text that is no contract is told as such
    await editor.fill('{');
    await page.getByText('Of the text before your last change').waitFor();
    await judge.click();
    await page.getByText('Not a contract yet.').waitFor();
    await page.getByText('[schema-unreadable] It is no JSON.').waitFor();
    expect(await violations()).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

inConsole(
  'a change is proposed by files of one’s own or an earlier version, and a service that cannot judge says so',
  async ({ page, state, open, goTo }, expect) => {
    await open('/streams/flights.departed?tab=schema');
    const fields = [{ name: 'delay', type: 'int' }];
    const file = (name: string) => ({
      ...{ name, mimeType: 'application/json' },
      buffer: Buffer.from(JSON.stringify({ type: 'record', name: 'departed', fields })),
    });
    await page.getByText('Version 1', { exact: true }).click();
    await page.getByRole('link', { name: 'Who would notice if it came back?' }).click();
    await page.getByText('Breaking.', { exact: true }).waitFor();
    expect(page.url()).toContain('version=1');
    await page.getByLabel('Begin with').selectOption('the project’s files');
    await page.getByText('Nothing is proposed yet').waitFor();
    await page.getByLabel('Upload files…').setInputFiles(file('notes.txt'));
    await page.getByText('notes.txt is neither a schema (.avsc) nor a contract').waitFor();
    await page.getByLabel('Upload files…').setInputFiles(file('departed.avsc'));
    await page.getByRole('button', { name: 'Who would notice?' }).click();
    await page.getByText('Compatible.', { exact: true }).waitFor();
    await page.getByText('Nobody would notice').waitFor();
    await page.getByRole('button', { name: 'Undo changes' }).click();
    await page.getByText('Nothing is proposed yet').waitFor();
    state.mood = 'failing';
    await goTo('/streams/flights.departed?tab=impact&version=2');
    await page.getByText('Not known right now').waitFor();
  },
);

inConsole(
  'a stream is counted again by who may, with its progress and what came out; who may not is told why',
  async ({ page, state, open, goTo, violations }, expect) => {
    await open('/streams/flights.departed');
    const button = page.getByRole('button', { name: 'Count again' });
    await button.click();
    await page.getByRole('progressbar', { name: 'Counting' }).waitFor();
    await page.getByText(/^Begun by ada .*: partition 2 of 6\.$/).waitFor();
    await page.getByText('3 missing', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Take it as it is…' }).click();
    await page.getByText('For rows that were erased on purpose').waitFor();
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Begin anew' }).click();
    await page.getByText('For rows that were erased on purpose').waitFor({ state: 'detached' });
    expect(state.changes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /streams/flights.departed/check',
      'POST /streams/flights.departed/recount',
    ]);
    await goTo('/streams/flights.delays_by_airport');
    await page.getByText('Later results replace rows here').waitFor();
    expect(await button.isDisabled()).toBe(true);
    state.role = 'viewer';
    await open('/streams/flights.airports');
    await page.getByText('It needs the role operator.').waitFor();
    expect(await page.getByRole('button', { name: 'Compare again' }).isDisabled()).toBe(true);
    expect(await page.getByRole('button', { name: 'Take it as it is…' }).count()).toBe(0);
  },
);

inConsole('the first paint is told', async ({ page, open }, expect) => {
  await open('/');
  const paint = await page.evaluate(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime`,
  );
  console.log(`first contentful paint after ${Math.round(Number(paint))} ms`);
  expect(paint).toBeGreaterThan(0);
});
