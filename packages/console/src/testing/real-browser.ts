/** A Chromium that is on this machine, for tests and for looking at pages; none is brought along. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const candidates = [
  process.env['CHROME_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
];

/** @returns undefined where there is no Chromium */
export const startBrowser = async (): Promise<Browser | undefined> => {
  const executablePath = candidates.find((path) => path !== undefined && existsSync(path));
  return executablePath === undefined
    ? undefined
    : chromium.launch({ executablePath, args: flags });
};
