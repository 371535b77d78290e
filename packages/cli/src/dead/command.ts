/**
 * `millrace dead list|show|reasons|redrive|redrives|floods|accept`: dead letters of all services, of the quality service's word. Exit code 1: a redrive
 * refused something, or failed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  DeadLetterContent,
  DeadLetterPage,
  DeadLetterReasons,
  FloodReport,
  RedriveReport,
  RedriveRequest,
} from '@millrace/operations';
import { Command, InvalidArgumentError, Option } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { connectQuality, qualityAddressHelp } from '../operations/connect-quality.ts';
import { parseMoment } from '../verify/moment.ts';
import { contentText, letterLine, reasonLine, redriveText } from './dead-text.ts';

interface FilterFlags {
  readonly service?: string;
  readonly topic?: string;
  readonly contract?: string;
  readonly code?: string;
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly state?: 'waiting' | 'redriven';
  readonly json?: boolean;
}

const filterOf = ({ service, topic, contract, code, text, since, until, state }: FilterFlags) => ({
  ...(service !== undefined && { service }),
  ...(topic !== undefined && { topic }),
  ...(contract !== undefined && { contract }),
  ...(code !== undefined && { code }),
  ...(text !== undefined && { text }),
  ...(state !== undefined && { state }),
  ...(since !== undefined && { fromMs: parseMoment(since, Date.now()) }),
  ...(until !== undefined && { untilMs: parseMoment(until, Date.now()) }),
});

const parseCount = (text: string): number => {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number above 0.');
};
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const list = async (flags: FilterFlags & { readonly limit: number }): Promise<void> => {
  const client = connectQuality();
  const letters: DeadLetterPage['letters'][number][] = [];
  let next: string | undefined;
  do {
    const limit = Math.min(1000, flags.limit - letters.length);
    const page = await client.get<DeadLetterPage>('/dead-letters', {
      ...{ ...filterOf(flags), limit, next },
    });
    letters.push(...page.letters);
    next = page.next ?? undefined;
  } while (next !== undefined && letters.length < flags.limit);
  if (flags.json) printJson({ letters, next: next ?? null });
  else if (letters.length === 0) print('No dead letters.');
  else print(tableText(letters.map(letterLine)));
};

const show = async (id: string, flags: { readonly json?: boolean }): Promise<void> => {
  const content = await connectQuality().get<DeadLetterContent>(
    `/dead-letters/${encodeURIComponent(id)}`,
  );
  if (flags.json) printJson(content);
  else print(contentText(content));
};

const reasons = async (flags: FilterFlags): Promise<void> => {
  const found = await connectQuality().get<DeadLetterReasons>(
    '/dead-letters/reasons',
    filterOf(flags),
  );
  if (flags.json) printJson(found);
  else if (found.total === 0) print('No dead letters.');
  else print(tableText(found.reasons.map(reasonLine)));
};

interface RedriveFlags extends FilterFlags {
  readonly id: readonly string[];
  readonly rate?: number;
  readonly most?: number;
  readonly redrives?: number;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly reason: string;
  readonly wait: boolean;
}

const WATCH_EVERY_MS = 500;

const redrive = async (flags: RedriveFlags): Promise<void> => {
  const client = connectQuality();
  const request: RedriveRequest = {
    ...{ filter: filterOf(flags), dryRun: flags.dryRun === true, reason: flags.reason },
    ...(flags.id.length > 0 && { ids: flags.id }),
    ...(flags.rate !== undefined && { perSecond: flags.rate }),
    ...(flags.most !== undefined && { most: flags.most }),
    ...(flags.redrives !== undefined && { redrivesMax: flags.redrives }),
    ...(flags.again === true && { again: true }),
  };
  let report = await client.send<RedriveReport>('POST', '/dead-letters/redrive', request);
  while (flags.wait && report.state === 'running') {
    await sleep(WATCH_EVERY_MS);
    report = await client.get<RedriveReport>(`/dead-letters/redrives/${report.id}`);
  }
  if (flags.json) printJson(report);
  else print(redriveText(report, request.dryRun));
  if (report.state === 'failed' || report.refused.length > 0) process.exitCode = 1;
};

const redrives = async (flags: { readonly json?: boolean }): Promise<void> => {
  const { redrives: all } = await connectQuality().get<{ redrives: readonly RedriveReport[] }>(
    '/dead-letters/redrives',
  );
  if (flags.json) printJson(all);
  else print(all.map((report) => redriveText(report, false)).join('\n\n') || 'No redrives.');
};

const stop = async (id: string): Promise<void> => {
  await connectQuality().send('POST', `/dead-letters/redrives/${encodeURIComponent(id)}/stop`);
  print(`${id} stops after the batch that is under way.`);
};

const floods = async (flags: { readonly json?: boolean }): Promise<void> => {
  const report = await connectQuality().get<FloodReport>('/dead-letters/floods');
  if (flags.json) printJson(report);
  else if (report.floods.length === 0) print('Nothing waits in a flood.');
  else
    print(
      tableText(
        report.floods.map(({ service, owner, topic, partition, dead, records, code, sinceMs }) => ({
          service: owner === undefined ? service : `${service} ${owner}`,
          ...{ topic, partition, dead, of: records, code, since: new Date(sinceMs).toISOString() },
        })),
      ),
    );
};

interface AcceptFlags {
  readonly reason: string;
  readonly minutes: number;
}

const accept = async (service: string, topic: string, flags: AcceptFlags): Promise<void> => {
  const order = { service, topic, reason: flags.reason, forMs: flags.minutes * 60_000 };
  await connectQuality().send('POST', '/dead-letters/floods/accept', order);
  print(
    `For ${flags.minutes} minutes ${service} may write dead letters of ${topic}, however many.`,
  );
};

const filtered = (command: Command): Command =>
  command
    .option('--service <name>', 'sink, cdc, stream-transform or ingest')
    .option('--topic <name>', 'only of the topic that they came from')
    .option('--contract <id>', 'only of this contract')
    .option('--code <code>', 'only of this error code')
    .option('--text <text>', 'only whose message has this in it')
    .option('--since <moment>', '2026-05-01T12:00:00Z, or 90m, 24h, 7d ago')
    .option('--until <moment>', 'before then')
    .addOption(new Option('--state <state>', 'sent again or not').choices(['waiting', 'redriven']))
    .option('--json', 'print JSON');

const json = (command: Command): Command => command.option('--json', 'print JSON');

export const deadCommand = (): Command =>
  new Command('dead')
    .description('records that could not be processed: how many, why, whole, and sent again')
    .addHelpText('after', qualityAddressHelp)
    .addCommand(
      filtered(new Command('list').description('the newest of them'))
        .option('--limit <count>', 'at most so many', parseCount, 50)
        .action(list),
    )
    .addCommand(
      json(
        new Command('show')
          .description('one whole: exact bytes, headers, decoded; may be confidential')
          .argument('<id>', 'as list tells it'),
      ).action(show),
    )
    .addCommand(
      filtered(new Command('reasons').description('how many, by service, topic and code')).action(
        reasons,
      ),
    )
    .addCommand(
      filtered(
        new Command('redrive').description('send them again, each as its service needs it, once'),
      )
        .requiredOption('--reason <text>', 'why, for the audit')
        .option('--id <id>', 'this letter; may be given more than once', collect, [])
        .option('--rate <letters>', 'so many a second', parseCount)
        .option('--most <count>', 'at most so many', parseCount)
        .option('--redrives <count>', 'only what was sent again less often', parseCount)
        .option('--again', 'also what was sent again before')
        .option('--dry-run', 'say what would be sent, and send nothing')
        .option('--no-wait', 'do not wait for its end')
        .action(redrive),
    )
    .addCommand(
      json(new Command('redrives').description('the redrives there are')).action(redrives),
    )
    .addCommand(
      new Command('stop')
        .description('stop a redrive after the batch that is under way')
        .argument('<id>', 'as `millrace dead redrives` shows it')
        .action(stop),
    )
    .addCommand(
      json(
        new Command('floods').description(
          'partitions that wait because most would be dead letters',
        ),
      ).action(floods),
    )
    .addCommand(
      new Command('accept')
        .description('let the letters of a flood be written')
        .argument('<service>', 'sink, cdc or stream-transform')
        .argument('<topic>', 'as floods shows it')
        .requiredOption('--reason <text>', 'why, for the audit')
        .option('--minutes <count>', 'how long', parseCount, 60)
        .action(accept),
    );
