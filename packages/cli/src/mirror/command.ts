/**
 * `millrace mirror run|status|offsets`: copies the topics of one cluster to another, exactly once, and carries consumer
 * groups over. What is done with it step by step: docs/operations/disaster.md.
 */
import { createClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { createLogger } from '@millrace/runtime';
import { Command, InvalidArgumentError } from 'commander';
import { readGroupOffsets } from '../backup/group-offsets.ts';
import { plural, print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { tableText } from '../demo/table-text.ts';
import { parseSpan } from '../verify/moment.ts';
import { type CarriedOffset, carryOffsets } from './carry-offsets.ts';
import { mirrorClusters } from './clusters.ts';
import { readMirrorLog } from './mirror-log.ts';
import { topicsBehind } from './mirror-status.ts';
import { runMirror } from './run-mirror.ts';

interface RunFlags {
  readonly name: string;
  readonly topics: readonly string[];
  readonly replicationFactor?: number;
  readonly once: boolean;
  readonly lookEvery: string;
  readonly json: boolean;
}

const run = async (flags: RunFlags): Promise<void> => {
  const level = flags.once ? 'warn' : 'info';
  const logger = createLogger({ service: 'mirror', level });
  const ending = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => ending.abort());
  let records = 0;
  await runMirror({
    ...mirrorClusters(process.env, silentLogger),
    ...{ name: flags.name, patterns: flags.topics, isOnce: flags.once, logger },
    ...(flags.replicationFactor !== undefined && { replicationFactor: flags.replicationFactor }),
    lookEveryMs: parseSpan(flags.lookEvery),
    signal: ending.signal,
    copied: (count) => {
      records += count;
    },
  });
  if (flags.json) printJson({ mirror: flags.name, records });
  else if (flags.once)
    print(`${plural(records, 'record')} copied; the copy is at the source's end.`);
  else logger.info({ records }, 'the mirror has ended');
};

interface StatusFlags {
  readonly name: string;
  readonly json: boolean;
  readonly lagMax?: string;
}

const status = async (flags: StatusFlags): Promise<void> => {
  const { from, to } = mirrorClusters(process.env, silentLogger);
  const log = await readMirrorLog(to, flags.name);
  const admin = createAdmin(from);
  try {
    const isThere = await admin.clusterId().then(
      () => true,
      () => false,
    );
    const topics = await topicsBehind(log, isThere ? { admin, connection: from } : undefined);
    const nowMs = Date.now();
    const lagMs = Math.max(0, ...topics.map(({ oldestMs }) => nowMs - (oldestMs ?? nowMs)));
    const isLate = flags.lagMax !== undefined && lagMs > parseSpan(flags.lagMax);
    if (!isThere || isLate) process.exitCode = 1;
    if (flags.json) {
      printJson({ mirror: flags.name, source: isThere ? 'there' : 'away', lagMs, topics });
      return;
    }
    print(
      tableText(
        topics.map(({ topic, behind, oldestMs, copiedMs }) => ({
          topic,
          behind: behind ?? 'not known',
          'waiting for': oldestMs === undefined ? '–' : `${Math.ceil((nowMs - oldestMs) / 1000)} s`,
          'last copied': new Date(copiedMs).toISOString(),
        })),
      ),
    );
    print(
      isThere
        ? `If the source were lost now, the last ${Math.ceil(lagMs / 1000)} s of it would be.`
        : 'The source does not answer: what came after “last copied” and before its end is not in the copy.',
    );
  } finally {
    await admin.close();
  }
};

interface OffsetFlags {
  readonly name: string;
  readonly groups: readonly string[];
  readonly noted: boolean;
  readonly takeBack: boolean;
  readonly dryRun: boolean;
  readonly project: string;
  readonly json: boolean;
}

const offsets = async (flags: OffsetFlags): Promise<void> => {
  const { from, to } = mirrorClusters(process.env, silentLogger);
  const [source, copy] = [createAdmin(from), createAdmin(to)];
  const url = process.env['MILLRACE_CLICKHOUSE_URL'];
  const clickhouse = url === undefined ? undefined : createClickHouse({ url });
  try {
    const log = await readMirrorLog(to, flags.name);
    const topics = new Set([...log.copied.values()].map(({ topic }) => topic));
    const all = flags.noted
      ? log.groups
      : (await readGroupOffsets(from, source, (topic) => topics.has(topic))).map((one) => ({
          ...one,
          atMs: Date.now(),
        }));
    const groups = all.filter(
      ({ group }) => flags.groups.length === 0 || flags.groups.includes(group),
    );
    const strange = flags.groups.find((name) => !all.some(({ group }) => group === name));
    if (strange !== undefined) {
      throw new MillraceError(
        'config.invalid',
        `the source has no group ${strange} with an offset in a mirrored topic`,
      );
    }
    const carried = await carryOffsets({
      ...{ to: copy, log, groups, isSourceGone: flags.noted, isDryRun: flags.dryRun },
      ...(clickhouse && {
        warehouse: {
          clickhouse,
          contracts: await readContracts(flags.project),
          sinkGroup: process.env['MILLRACE_SINK_GROUP'] ?? 'millrace.sink',
          takesBack: flags.takeBack,
        },
      }),
    });
    tellCarried(carried, flags);
  } finally {
    await Promise.all([source.close(), copy.close(), clickhouse?.close()]);
  }
};

function tellCarried(carried: readonly CarriedOffset[], flags: OffsetFlags): void {
  const stuck = carried.filter(({ result }) => result.kind === 'stuck');
  if (stuck.length > 0) process.exitCode = 1;
  if (flags.json) {
    printJson({ ok: stuck.length === 0, dryRun: flags.dryRun, offsets: carried });
    return;
  }
  print(
    tableText(
      carried.map(({ group, topic, partition, from, result, takenBack }) => ({
        ...{ group, topic, partition, source: from },
        copy: result.kind === 'moved' ? result.offset : 'not carried',
        why:
          result.kind === 'stuck'
            ? result.reason
            : takenBack > 0
              ? `${takenBack} rows taken back`
              : '',
      })),
    ),
  );
  const groups = new Set(stuck.map(({ group }) => group));
  if (groups.size > 0)
    print(`Not carried, because one of their offsets is not: ${[...groups].join(', ')}`);
  if (flags.dryRun) print('Nothing was changed (--dry-run).');
}

const parseCount = (text: string): number => {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Write a whole number above 0.');
};

const named = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .option('--name <mirror>', 'which mirror: it has a log of its own on the copy', 'default')
    .option('--json', 'print JSON', false)
    .addHelpText(
      'after',
      '\nReads MILLRACE_KAFKA_BROKERS and its like for the copy; for the source the same settings as MILLRACE_MIRROR_FROM_BROKERS,' +
        '\nMILLRACE_MIRROR_FROM_TLS, MILLRACE_MIRROR_FROM_SASL_MECHANISM and so on.',
    );

export const mirrorCommand = (): Command =>
  new Command('mirror')
    .description('copy the topics of one Kafka cluster to another, and carry consumer groups over')
    .addCommand(
      named('run', 'copy until SIGTERM: records as they are, each once, partition by partition')
        .option('--topics <pattern...>', 'only these; * stands for any text', [])
        .option('--replication-factor <n>', 'of topics that are made; as in the source', parseCount)
        .option('--once', 'end when the copy is at the end that the source has now', false)
        .option('--look-every <duration>', 'how often new topics are looked for', '30s')
        .action(run),
    )
    .addCommand(
      named('status', 'how far the copy is behind; exit code 1 when the source is away')
        .option('--lag-max <duration>', 'exit code 1 when something waits for longer')
        .action(status),
    )
    .addCommand(
      named('offsets', 'set the source’s groups on the copy to the same records')
        .option('--groups <name...>', 'only these', [])
        .option('--noted', 'of what the mirror noted: the source is gone', false)
        .option('--take-back', 'remove rows behind a hole, so that they land from the copy', false)
        .option('--dry-run', 'print what would be set', false)
        .option(
          '--project <dir>',
          'directory that holds schemas/ (MILLRACE_PROJECT)',
          process.env['MILLRACE_PROJECT'] ?? process.cwd(),
        )
        .addHelpText(
          'after',
          '\nWith MILLRACE_CLICKHOUSE_URL (and MILLRACE_SINK_GROUP) the tables are asked what has landed: needed when sinks were killed' +
            '\nand the sinks of the copy fill the same tables. Exit code 1: an offset could not be carried exactly, so its group was not.',
        )
        .action(offsets),
    );
