/**
 * The console in a page of a real Chromium, over a fixture of its own: for one test, which may run beside others. What is asked of the
 * page in words stands in console.test.ts.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { type FixtureServer, type FixtureState, startFixtureServer } from './fixture-server.ts';

export interface OpenConsole {
  readonly page: Page;
  /** What the fixture does besides being well. */
  readonly state: FixtureState;
  /** What the browser complained about: scripts that failed, what the policy forbade. */
  readonly complaints: readonly string[];
  /** Loads the page. */
  open(path: string): Promise<void>;
  /** As a link does: the page stays, the view changes. */
  goTo(path: string): Promise<void>;
  /** What axe finds against WCAG 2.2, A and AA; or by one rule alone. */
  violations(only?: 'color-contrast'): Promise<readonly string[]>;
  /** By how many pixels the page is wider than its window. */
  overflow(): Promise<number>;
  /** The service goes away; what it gives brings it back at the same place. */
  leave(): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

const findViolations = async (page: Page, only?: string): Promise<readonly string[]> => {
  if (!(await page.evaluate(`'axe' in globalThis`))) await page.evaluate(axeSource);
  const runOnly = only === undefined ? tags : { type: 'rule', values: [only] };
  const options = JSON.stringify({ runOnly, resultTypes: ['violations'] });
  const found = (await page.evaluate(`axe.run(document, ${options})`)) as {
    violations: readonly Violation[];
  };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
};

/** That an answer was no 200 is told by the browser itself; here it is on purpose. */
const collectComplaints = (page: Page): readonly string[] => {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    const { type, text } = { type: message.type(), text: message.text() };
    if (type === 'error' && !text.startsWith('Failed to load resource')) complaints.push(text);
  });
  return complaints;
};

/**
 * There is a heading, and nothing stands for an answer on its way. Looked at each 10 ms: a locator that waits looks again after up to
 * half a second, and `waitForFunction` evaluates texts, which the page's policy forbids.
 */
const untilSettled = `new Promise((done) => {
  const look = () =>
    document.querySelector('h1, .gate') !== null && document.querySelector('.skeleton') === null
      ? done()
      : setTimeout(look, 10);
  look();
})`;

/** @param patienceMs how long the page may take for anything: a busy machine takes its time */
export const openConsole = async (browser: Browser, patienceMs: number): Promise<OpenConsole> => {
  let server: FixtureServer = await startFixtureServer();
  const { state, url } = server;
  const context = await browser.newContext({
    ...{ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const settled = async (): Promise<void> => {
    await page.evaluate(untilSettled);
  };
  return {
    ...{ page, state, complaints: collectComplaints(page) },
    open: async (path) => {
      await page.goto(url + path);
      await settled();
    },
    goTo: async (path) => {
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(path)})`);
      await settled();
    },
    violations: (only) => findViolations(page, only),
    overflow: () =>
      page.evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`),
    leave: async () => {
      await server.close();
      return async () => {
        server = await startFixtureServer(Number(new URL(url).port));
      };
    },
    close: async () => {
      await context.close();
      await server.close();
    },
  };
};
