/**
 * `millrace ingest rejected list|show|redrive`: what the door refused, out of ClickHouse, and sent again through the
 * door. Exit code 1: something of a redrive was refused again or not sent.
 */
import { hostname, userInfo } from 'node:os';
import { createClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import {
  chooseRejected,
  isRepair,
  listRejected,
  openRedriveAudit,
  type RedriveCounts,
  type RejectedFilter,
  type Repair,
  readRejected,
  redrive,
  summarizeRejected,
} from '@millrace/dead-letters';
import { kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  defineConfig,
  kafkaSettings,
  platformSettings,
  readConfig,
  setting,
} from '@millrace/runtime';
import { Command, InvalidArgumentError } from 'commander';
import { plural, print, printJson } from '../../contracts/command-output.ts';
import { readContracts } from '../../contracts/read-contracts.ts';
import { tableText } from '../../demo/table-text.ts';
import { parseMoment } from '../../verify/moment.ts';

const { clickhouseUrl, registryUrl } = platformSettings;
const readConfigOf = defineConfig('ingest', { clickhouseUrl });
const redriveConfig = defineConfig('ingest', {
  ...kafkaSettings,
  ...{ clickhouseUrl, registryUrl },
  url: setting.url({
    env: 'MILLRACE_INGEST_URL',
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:8080',
    description: 'The door that rejected events are sent to again.',
  }),
  key: setting.string({
    env: 'MILLRACE_INGEST_KEY',
    optional: true,
    secret: true,
    description: 'Key for that door, where it asks for one.',
  }),
});

interface ChoiceFlags {
  readonly stream?: string;
  readonly code?: string;
  readonly since?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface RedriveFlags extends ChoiceFlags, Repair {
  readonly project: string;
  readonly rate: number;
  readonly attempts: number;
  readonly dryRun?: boolean;
  readonly again?: boolean;
}

const filterOf = ({ stream, code, since }: ChoiceFlags): RejectedFilter => ({
  ...(stream !== undefined && { stream }),
  ...(code !== undefined && { code }),
  ...(since !== undefined && { sinceMs: parseMoment(since, Date.now()) }),
});

const withClickHouse = async <T>(
  url: string,
  work: (clickhouse: ReturnType<typeof createClickHouse>) => Promise<T>,
): Promise<T> => {
  const clickhouse = createClickHouse({ url });
  try {
    return await work(clickhouse);
  } finally {
    await clickhouse.close();
  }
};

const list = (flags: ChoiceFlags): Promise<void> =>
  withClickHouse(readConfig(readConfigOf, process.env).clickhouseUrl, async (clickhouse) => {
    const filter = filterOf(flags);
    const summary = await summarizeRejected(clickhouse, filter);
    const events = await listRejected(clickhouse, filter, flags.limit);
    if (flags.json) {
      printJson({ summary, events });
      return;
    }
    if (summary.length === 0) {
      print('No rejected events.');
      return;
    }
    print(tableText(summary.map((row) => ({ ...row }))));
    print(`\nThe newest ${plural(events.length, 'event')}:`);
    print(tableText(events.map((row) => ({ ...row }))));
  });

const show = (id: string, flags: { readonly json?: boolean }): Promise<void> =>
  withClickHouse(readConfig(readConfigOf, process.env).clickhouseUrl, async (clickhouse) => {
    const event = await readRejected(clickhouse, id);
    if (event === undefined)
      throw new MillraceError('ingest.rejected-unknown', `there is no rejected event ${id}`);
    const { contentBase64, problems, ...told } = event;
    const found = { ...told, problems: JSON.parse(problems) as unknown };
    if (flags.json) {
      printJson({ ...found, contentBase64 });
      return;
    }
    for (const [name, value] of Object.entries(found))
      if (value !== null)
        print(`${name.padEnd(15)} ${typeof value === 'object' ? JSON.stringify(value) : value}`);
    print(`\n${Buffer.from(contentBase64, 'base64').toString('utf8')}`);
  });

const printCounts = (counts: RedriveCounts, isJson: boolean | undefined): void => {
  if (isJson) {
    printJson(counts);
    return;
  }
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  print(told.map(([outcome, count]) => `${count} ${outcome}`).join(', ') || 'Nothing to send.');
};

const redriveThem = async (flags: RedriveFlags): Promise<void> => {
  const config = readConfig(redriveConfig, process.env);
  const repair: Repair = { set: flags.set, unset: flags.unset, rename: flags.rename };
  await withClickHouse(config.clickhouseUrl, async (clickhouse) => {
    const ids = await chooseRejected(
      clickhouse,
      { ...filterOf(flags), isOpen: flags.again !== true, attemptsMax: flags.attempts },
      flags.limit,
    );
    if (flags.dryRun) {
      if (flags.json) printJson({ ids });
      else print(`${plural(ids.length, 'event')} would be sent to ${config.url}.`);
      return;
    }
    const audit = await openRedriveAudit(
      kafkaConnection(config, 'millrace-cli', silentLogger),
      config.registryUrl,
      await readContracts(flags.project),
      isRepair(repair) ? JSON.stringify(repair) : null,
      `${userInfo().username}@${hostname()}`,
    );
    try {
      const counts = await redrive(ids, {
        ...{ clickhouse, audit, repair, rate: flags.rate },
        door: { url: config.url, ...(config.key !== undefined && { key: config.key }) },
        onFate: ({ rejectionId, stream }, { outcome, code }) => {
          if (outcome === 'accepted' || outcome === 'duplicate') return;
          process.stderr.write(`${rejectionId}  ${stream}  ${outcome}  ${code ?? ''}\n`);
        },
      });
      printCounts(counts, flags.json);
      if (counts.rejected + counts.rejected_not_kept + counts.not_sent > 0) process.exitCode = 1;
    } finally {
      await audit.close();
    }
  });
};

const parseCount = (text: string): number => {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number above 0.');
};
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const choosing = (command: Command, limit: number): Command =>
  command
    .option('--stream <id>', 'only of this stream, e.g. flights.departed')
    .option('--code <code>', 'only of this error code, e.g. ingest.event-invalid')
    .option('--since <moment>', 'rejected since: 2026-05-01T12:00:00Z, or 90m, 24h, 7d ago')
    .option('--limit <count>', 'at most so many', parseCount, limit)
    .option('--json', 'print JSON');

export const rejectedCommand = (): Command =>
  new Command('rejected')
    .description('what the door refused and loads rejected (millrace_rejected_events)')
    .addCommand(
      choosing(
        new Command('list').description('how many there are and why, and the newest of them'),
        20,
      ).action(list),
    )
    .addCommand(
      new Command('show')
        .description('one of them with its content, which may be confidential')
        .argument('<id>', 'rejection_id, as list tells it')
        .option('--json', 'print JSON; the content in base64')
        .action(show),
    )
    .addCommand(
      choosing(
        new Command('redrive').description(
          'sends them through the door again, the oldest first, as they came or repaired',
        ),
        1000,
      )
        .option('--rate <events>', 'so many a second', parseCount, 100)
        .option('--attempts <count>', 'only what was sent again less often', parseCount, 5)
        .option('--again', 'also what has been sent again before')
        .option('--set <field=value>', 'repair: sets a field, a.b within objects', collect, [])
        .option('--unset <field>', 'repair: takes a field out', collect, [])
        .option('--rename <field=name>', 'repair: gives a field another name', collect, [])
        .option('--dry-run', 'say how many, and send nothing')
        .option(
          '--project <dir>',
          'directory that holds schemas/ (MILLRACE_PROJECT)',
          process.env['MILLRACE_PROJECT'] ?? process.cwd(),
        )
        .action(redriveThem),
    );
