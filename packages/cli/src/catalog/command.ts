/**
 * `millrace catalog list|show|search|impact|export`: flags, printing and exit codes. 0: as asked; 1: there is no such contract,
 * or a change breaks somebody. All of it works from the project's files; the quality service adds what is observed.
 */
import { createCatalogSearch, judgeImpact, searchDocument } from '@millrace/catalog';
import { MillraceError, nearestWord } from '@millrace/contracts';
import type { CatalogPage } from '@millrace/operations';
import { Command, Option } from 'commander';
import { plural, print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { connectQuality, qualityAddressHelp } from '../operations/connect-quality.ts';
import { type ExportOptions, formats, writeSite } from './export-catalog.ts';
import { impactText, isBreaking } from './impact-text.ts';
import { pageText } from './page-text.ts';
import { readProposal } from './proposed-files.ts';
import { readCatalog, readCatalogInput, withSeen } from './read-catalog.ts';

interface CatalogFlags {
  readonly project: string;
  readonly json: boolean;
  readonly offline: boolean;
}

/** The service is nearby or it is not there: nobody waits for a catalog that the files hold as well. */
const ANSWER_MS_MAX = 5000;

const read = async (flags: CatalogFlags) => {
  const input = await readCatalogInput(flags.project);
  const client = flags.offline ? undefined : connectQuality(ANSWER_MS_MAX);
  const { pages, unobserved } = await readCatalog(input, client);
  if (unobserved !== undefined && !flags.offline)
    process.stderr.write(`From the files alone: ${unobserved}\n`);
  return { input, pages };
};

const printEntries = (pages: readonly CatalogPage[], { json }: CatalogFlags): void => {
  if (json) {
    printJson(pages);
    return;
  }
  print(
    tableText(
      pages.map(({ id, status, source, role, owner, classification, lastEventMs, rows }) => ({
        ...{ contract: id, status, source, role: role ?? '–', owner, readers: classification },
        'last event': lastEventMs === null ? '–' : new Date(lastEventMs).toISOString().slice(0, 19),
        rows: rows ?? '–',
      })),
    ),
  );
};

const list = async (flags: CatalogFlags): Promise<void> =>
  printEntries((await read(flags)).pages, flags);

const show = async (id: string, flags: CatalogFlags): Promise<void> => {
  const { pages } = await read(flags);
  const page = pages.find((one) => one.id === id);
  if (page === undefined) {
    const near = nearestWord(
      id,
      pages.map((one) => one.id),
    );
    const hint = near === undefined ? '' : ` Did you mean ${near}?`;
    throw new MillraceError('operations.unknown', `There is no contract ${id}.${hint}`);
  }
  if (flags.json) printJson(page);
  else print(pageText(page));
};

const search = async (words: readonly string[], flags: CatalogFlags): Promise<void> => {
  const { pages } = await read(flags);
  const byId = new Map(pages.map((page) => [page.id, page]));
  const found = createCatalogSearch(pages.map(searchDocument)).find(words.join(' '));
  if (found.length === 0) process.exitCode = 1;
  if (found.length === 0 && !flags.json) print('Nothing is called so, or says so.');
  else
    printEntries(
      found.map((id) => byId.get(id)!),
      flags,
    );
};

const impact = async (
  files: readonly string[],
  flags: CatalogFlags & { readonly against: string },
): Promise<void> => {
  const { before, proposed } = await readProposal(flags.project, files, flags.against);
  const { input, pages } = await read(flags);
  const report = judgeImpact(before, proposed, withSeen(input, pages));
  if (isBreaking(report)) process.exitCode = 1;
  if (flags.json) printJson(report);
  else print(impactText(report));
};

interface ExportFlags extends CatalogFlags {
  readonly site?: string;
  readonly format: keyof typeof formats;
  readonly title: string;
  readonly baseUrl: string;
  readonly publisher?: string;
}

const exportCatalog = async (flags: ExportFlags): Promise<void> => {
  const { input, pages } = await read(flags);
  const [brokers, registry] = [
    process.env['MILLRACE_KAFKA_BROKERS'],
    process.env['MILLRACE_REGISTRY_URL'],
  ];
  const options: ExportOptions = {
    ...{ title: flags.title, baseUrl: flags.baseUrl.replace(/\/+$/, '') },
    publisher: flags.publisher ?? pages[0]?.owner ?? flags.title,
    ...(brokers !== undefined && { kafkaBrokers: brokers }),
    ...(registry !== undefined && { registryUrl: registry }),
  };
  if (flags.site === undefined) {
    printJson(formats[flags.format](pages, input, options));
    return;
  }
  const count = await writeSite(flags.site, pages, input, { ...options, madeAtMs: Date.now() });
  if (flags.json) printJson({ site: flags.site, files: count, contracts: pages.length });
  else print(`${plural(count, 'file')} in ${flags.site}: open ${flags.site}/index.html.`);
};

const subcommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option(
      '--project <dir>',
      'directory that holds schemas/ and transforms/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    )
    .option('--offline', 'do not ask the quality service', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', qualityAddressHelp);

const exportCommand = (): Command =>
  subcommand('export', 'the catalog for others: a static site, DCAT-AP, AsyncAPI 3.0, JSON')
    .option('--site <dir>', 'write a site there that also opens without a server')
    .addOption(
      new Option('--format <form>', 'what to print where no site is written')
        .choices(Object.keys(formats))
        .default('json'),
    )
    .option('--title <text>', 'of the catalog', 'Data catalog')
    .option('--base-url <url>', 'where the pages are: begins identifiers', 'urn:millrace:catalog')
    .option('--publisher <name>', 'who answers for the catalog; the first owner when left out')
    .action(exportCatalog);

export const catalogCommand = (): Command =>
  new Command('catalog')
    .description('what streams and tables there are, what they mean, who uses them')
    .addCommand(subcommand('list', 'every contract, one a line').action(list))
    .addCommand(
      subcommand('show', 'the page of one contract').argument('<contract>', 'its id').action(show),
    )
    .addCommand(
      subcommand(
        'search',
        'contracts by names, fields, owners and words; typing mistakes are forgiven',
      )
        .argument('<words...>')
        .action(search),
    )
    .addCommand(
      subcommand('impact', 'who would notice a change of contract files, for a review or CI')
        .argument('[files...]', 'changed files; the whole project when none is named')
        .option('--against <ref>', 'git ref to compare with', 'HEAD')
        .addHelpText('after', 'Exit code 1 when it breaks somebody, or the files are wrong.')
        .action(impact),
    )
    .addCommand(exportCommand());
