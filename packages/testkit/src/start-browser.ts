/**
 * A Chromium for tests and for looking at pages: the one that CHROME_PATH names; else on Linux the headless one that npm brings,
 * the same on every machine; else one that is installed.
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cacheDir } from '@millrace/stack';
import type { Browser } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
];
const installed = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

interface Program {
  readonly executablePath: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** @returns undefined where there is no Chromium */
export const startBrowser = async (): Promise<Browser | undefined> => {
  const found = named() ?? (await brought()) ?? onThisMachine();
  if (found === undefined) return undefined;
  const { executablePath, env } = found;
  // not with everything else of this package: most tests have no use for it
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    ...{ executablePath, args: flags },
    ...(env !== undefined && { env: { ...process.env, ...env } }),
  });
};

const named = (): Program | undefined => {
  const executablePath = process.env['CHROME_PATH'];
  return executablePath === undefined ? undefined : { executablePath };
};

const onThisMachine = (): Program | undefined => {
  const executablePath = installed.find((path) => existsSync(path));
  return executablePath === undefined ? undefined : { executablePath };
};

const require = createRequire(import.meta.url);

/** Unpacked once for all who use this cache; those who come at once each unpack, and one of them stays. */
const brought = async (): Promise<Program | undefined> => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const packageFile = join(dirname(require.resolve('@sparticuz/chromium')), '../../package.json');
  const { version } = JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string };
  const home = join(cacheDir(process.env), `chromium-${version}`);
  if (!existsSync(home)) unpack(home);
  return {
    executablePath: join(home, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_FILE: join(home, 'fonts.conf'),
    },
  };
};

/** The package unpacks into the directory for temporary files, and its libraries only where it takes itself to be in a Lambda. */
const unpack = (home: string): void => {
  mkdirSync(dirname(home), { recursive: true });
  const partial = mkdtempSync(`${home}.`);
  const script = "await (await import('@sparticuz/chromium')).default.executablePath()";
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    env: { ...process.env, TMPDIR: partial, AWS_LAMBDA_JS_RUNTIME: 'nodejs22.x' },
  });
  writeFileSync(join(partial, 'fonts.conf'), fontsIn(home));
  try {
    renameSync(partial, home);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(home)) throw error;
  }
};

const fontsIn = (home: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(home, 'fonts')}</dir>
  <cachedir>${join(home, 'fonts-cache')}</cachedir>
</fontconfig>
`;
