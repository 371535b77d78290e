import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startBrowser,
  startService,
} from '@millrace/testkit';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureConsole } from './build/ensure-console.ts';

/** The console on the real service: what it asks is answered, in the shapes that it shows. */
let browser: Browser | undefined;
let world: FlightsWorld;
let services: ServiceProcess[] = [];
let quality: ServiceProcess;

beforeAll(async () => {
  browser = await startBrowser();
  if (browser === undefined) return;
  await ensureConsole();
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  const env = { ...world.env, MILLRACE_QUALITY_HEALTH_EVERY: '500ms' };
  services = await Promise.all(['sink', 'quality'].map((name) => startService(name, env)));
  quality = services[1]!;
  await world.send(0, 50);
  await world.producer.send([
    {
      ...{ topic: world.contract.topic.name, partition: 0 },
      records: [{ key: Buffer.from('k7'), value: Buffer.from('{"plain":"json"}') }],
    },
  ]);
  await Promise.all(services.map((service) => service.ready()));
});
afterAll(async () => {
  await browser?.close();
  await Promise.all(services.map((service) => service.stop()));
  await world?.drop();
});

/** Opens views of one page; collects what the browser complained about and every answer that was no answer. */
const visit = async (paths: readonly string[], seen: (page: Page, path: string) => unknown) => {
  const page = await browser!.newPage();
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(quality.url);
  for (const path of paths) {
    await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
    await page.locator('h1').first().waitFor();
    await page.locator('.skeleton').first().waitFor({ state: 'detached' });
    await seen(page, path);
  }
  await page.close();
  return complaints;
};

test('the service answers every view of its console', async (one) => {
  if (browser === undefined) return one.skip('no Chromium on this machine');
  await expect.poll(async () => (await world.landed()).rows).toBe(50);
  const groups = async () => {
    const answer = await fetch(`${quality.url}/api/v1/lag`);
    const report = (await answer.json()) as { groups?: readonly { group: string }[] };
    return report.groups?.map(({ group }) => group) ?? [];
  };
  await expect.poll(groups).toContain(world.group);
  const views = [
    ['/', 'Flow'],
    ['/?as=list', 'Flow'],
    [`/lag/${world.group}`, world.group],
    ['/lag', 'Lag'],
    ['/alerts', 'Alerts'],
    ['/dead', 'Dead letters'],
    ['/quality', 'Quality'],
    ['/streams', 'Streams'],
    ...['health', 'schema', 'impact', 'lineage', 'sample', 'use', 'settings'].map((tab) => [
      `/streams/${world.contract.id}?tab=${tab}`,
      'Flight departed',
    ]),
    ['/tables', 'Tables'],
    ['/captures', 'Captures'],
    ['/transforms', 'Transforms'],
    ['/audit', 'Audit'],
  ] as const;
  const titles = new Map<string, string>(views.map(([path = '', title = '']) => [path, title]));
  const complaints = await visit([...titles.keys()], async (page, path) => {
    await page.getByRole('heading', { level: 1, name: titles.get(path)! }).waitFor();
    expect(await page.locator('.blank svg + h2').allTextContents(), path).not.toContain(
      'The service could not answer',
    );
  });
  expect(complaints).toEqual([]);
});

test('a query in the box is answered by ClickHouse', async (one) => {
  if (browser === undefined) return one.skip('no Chromium on this machine');
  const table = world.contract.warehouse.table;
  const sql = encodeURIComponent(`SELECT count() AS flights FROM ${table} WHERE flight_id != ''`);
  const complaints = await visit([`/sql?sql=${sql}`], async (page) => {
    await page.getByText(/^Reads up to 50 rows, about \d/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByRole('cell', { name: '50', exact: true }).waitFor();
  });
  expect(complaints).toEqual([]);
});

test('a change of a contract is judged by its page before it is made, and a stream is counted again', async (one) => {
  if (browser === undefined) return one.skip('no Chromium on this machine');
  const stream = `/streams/${world.contract.id}`;
  const complaints = await visit([`${stream}?tab=impact`, stream], async (page, path) => {
    if (path === stream) {
      await page.getByRole('button', { name: 'Count again' }).click();
      await page.getByText('None of 50 missing or double').waitFor();
      return;
    }
    const editor = page.getByRole('textbox', { name: world.contract.files.avsc });
    await editor.fill((await editor.inputValue()).replace('"delay_minutes"', '"late_minutes"'));
    await page.getByRole('button', { name: 'Who would notice?' }).click();
    await page.getByText('Breaking.', { exact: true }).waitFor();
    const affected = page.getByRole('region', { name: 'Affected' }).first();
    await affected.getByRole('link', { name: world.contract.warehouse.view }).first().waitFor();
  });
  expect(complaints).toEqual([]);
});

test('a letter is found by its reason, shown byte by byte, and sent again by its page', async (one) => {
  if (browser === undefined) return one.skip('no Chromium on this machine');
  const { topic } = world.contract;
  const waiting = async () => {
    const answer = await fetch(`${quality.url}/api/v1/dead-letters?topic=${topic.name}`);
    return ((await answer.json()) as { letters: readonly { id: string }[] }).letters;
  };
  await expect.poll(async () => (await waiting()).length).toBe(1);
  const complaints = await visit([`/dead?topic=${topic.name}`], async (page) => {
    await page.getByRole('link', { name: 'sink.record-unframed' }).click();
    await page.getByText(`${topic.name} / 0 @ 50`).waitFor();
    await expect
      .poll(() => page.getByLabel('Bytes of the value').textContent())
      .toContain('{"plain":"json"}');
    expect(await page.getByLabel('Bytes of the key').textContent()).toContain('k7');
    await page.getByRole('button', { name: 'Send again…' }).click();
    await page.getByLabel('Why, for the audit').fill('to see it refused');
    await page.getByRole('button', { name: 'What would be sent?' }).click();
    await page.getByRole('button', { name: 'Send 1 again' }).click();
    await page.getByText('0 of 1 sent, done.').waitFor();
    await page.getByText('refused again: sink.record-unframed').waitFor();
  });
  expect(complaints).toEqual([]);
});

test('a rule is judged by its page, and told with what it measured', async (one) => {
  if (browser === undefined) return one.skip('no Chromium on this machine');
  const path = `/quality/${world.contract.id}/some-rows`;
  const complaints = await visit(['/quality', path], async (page, at) => {
    if (at !== path) return page.locator(`a[href="${path}"]`).first().waitFor();
    await page.getByRole('button', { name: 'Run now' }).click();
    await page.getByRole('cell', { name: '50', exact: true }).first().waitFor();
  });
  expect(complaints).toEqual([]);
});
