/**
 * Pictures of every view over the fixture: `npm run look -w @millrace/console -- DIRECTORY [part of a name]`. Light, dark and on a
 * phone; to be looked at by a person. MILLRACE_QUALITY_URL takes a real service in place of the fixture.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startBrowser } from '@millrace/testkit';
import { ensureConsole } from '../build/ensure-console.ts';
import { startFixtureServer } from './fixture-server.ts';
import { views } from './views.ts';

const [directory = 'look', part = ''] = process.argv.slice(2);
await mkdir(directory, { recursive: true });
await ensureConsole({ tell: console.log });
const server = await startFixtureServer();
const url = process.env['MILLRACE_QUALITY_URL'] ?? server.url;
const browser = await startBrowser();
if (browser === undefined) throw new Error('There is no Chromium on this machine.');
for (const [kind, width, colorScheme] of [
  ['light', 1360, 'light'],
  ['dark', 1360, 'dark'],
  ['phone', 390, 'light'],
] as const) {
  const context = await browser.newContext({
    ...{ viewport: { width, height: kind === 'phone' ? 844 : 900 }, colorScheme },
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(kind, page.url(), message.text());
  });
  page.on('pageerror', (error) => console.log(kind, page.url(), error.stack));
  for (const [name, path] of views) {
    if (!`${name} ${kind}`.includes(part)) continue;
    await page.goto(url + path, { waitUntil: 'networkidle' });
    await page.screenshot({ path: join(directory, `${name}-${kind}.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();
await server.close();
