/** What pages tell their readers to type exists: every command, option, variable and script of every page. */
import { expect, test } from 'vitest';
import { readPage } from '../pages/page.ts';
import { repositoryPages } from '../pages/repository-pages.ts';
import { root } from '../reference-pages.ts';
import { loadServices } from '../service-declarations.ts';
import { checkPage, type Known } from './check-page.ts';
import { knownVariables } from './known-variables.ts';
import { createCommandLine } from './millrace-command.ts';

const known = async (): Promise<Known> => ({
  root,
  variables: knownVariables(root, await loadServices(root)),
  commandLine: createCommandLine(root),
});

test('every command, option, variable and script that a page names is there', async () => {
  const has = await known();
  const findings = await Promise.all(repositoryPages(root).map((page) => checkPage(page, has)));
  expect(findings.flat().map(({ path, line, message }) => `${path}:${line}: ${message}`)).toEqual(
    [],
  );
});

test('what is wrong is found, with its line', async () => {
  const page = `# Page

\`MILLRACE_CDC_SOURCE\`, not \`MILLRACE_CDC_SAUCE\`; \`MILLRACE_CDC_*\`; \`millrace replay flights.departed --moed\`

\`\`\`sh
npx millrace status
npx millrace statsu
MILLRACE_CDC_SOURCE=x millrace dead list --form json && millrace contracts
millrace dead show
crul localhost
npm run dome
node tests/bench/freshness/gone.ts
echo 'open
\`\`\`

\`\`\`
npx millrace status
\`\`\`
`;
  const commands = page.replace("echo 'open\n", '');
  const messages = async (text: string) =>
    (await checkPage(readPage('docs/x.md', text), await known())).map(
      ({ line, message }) => `${line}: ${message.split('\n')[0]}`,
    );
  expect(await messages(commands)).toEqual([
    '3: nothing reads MILLRACE_CDC_SAUCE',
    '3: millrace replay has no option --moed',
    '7: there is no command millrace statsu',
    "8: error: unknown option '--form'",
    '8: millrace contracts names no command',
    "9: error: missing required argument 'id'",
    '10: crul is no program that pages may name (commands/check-page.ts)',
    '11: package.json has no script dome',
    '12: tests/bench/freshness/gone.ts does not exist',
    '16: these are commands: name the language (sh)',
  ]);
  expect(await messages(page)).toContain("6: a quote is not closed: 'open");
});
