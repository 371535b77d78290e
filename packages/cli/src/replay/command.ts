/** `millrace replay`: lands a range of a topic again. What each word does is in `actions.ts`. */
import { Argument, Command, Option } from 'commander';

const addresses =
  '\nReads MILLRACE_PROJECT, MILLRACE_KAFKA_BROKERS, MILLRACE_REGISTRY_URL, MILLRACE_CLICKHOUSE_URL and MILLRACE_SINK_GROUP.' +
  '\nTimes are those of the Kafka records: when they were produced, not when the events happened.';

const withId = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .addArgument(new Argument('<id>', 'as `millrace replay list` shows it'))
    .option('--json', 'print JSON', false);

const run = (): Command =>
  new Command('run')
    .description('land a range again (the word run may be left out)')
    .argument('<contract>', 'id of the contract')
    .addOption(
      new Option(
        '--mode <mode>',
        'missing: only what the table lacks. replace: remove the range, then land it. side-table: beside the table',
      )
        .choices(['missing', 'replace', 'side-table'])
        .default('missing'),
    )
    .option('--from <offset>', 'first offset, of every partition')
    .option('--to <offset>', 'offset behind the last')
    .option('--from-time <moment>', 'from then on: 2026-05-01T12:00:00Z, 24h, 7d')
    .option('--to-time <moment>', 'up to then')
    .option('--partitions <list>', 'only these: 0,3')
    .option('--swap', 'with side-table: put it in the table’s place when it is complete', false)
    .option('--dead', 'also dead letters, once their cause was cured', false)
    .option('--count-again', 'replace also where views behind the table count it twice', false)
    .option('--dry-run', 'print what would be landed and removed', false)
    .option('--json', 'print JSON', false)
    .addHelpText('after', addresses)
    .action(async (contract, flags) => (await import('./actions.ts')).runReplay(contract, flags));

export const replayCommand = (): Command =>
  new Command('replay')
    .description('land a range of a topic again: what is missing, anew, or into a side table')
    .addCommand(run(), { isDefault: true })
    .addCommand(
      withId('resume', 'go on with a replay that was stopped or killed').action(async (id, flags) =>
        (await import('./actions.ts')).resumeReplay(id, flags),
      ),
    )
    .addCommand(
      withId('swap', 'exchange a side table with its table while the sink goes on').action(
        async (id, flags) => (await import('./actions.ts')).swapSideTable(id, flags),
      ),
    )
    .addCommand(
      new Command('list')
        .description('the replays there are')
        .option('--json', 'print JSON', false)
        .action(async (flags) => (await import('./actions.ts')).listReplays(flags)),
    )
    .addCommand(
      withId('show', 'ranges and phase of a replay').action(async (id, flags) =>
        (await import('./actions.ts')).showReplay(id, flags),
      ),
    )
    .addCommand(
      withId('cancel', 'forget a replay and drop its group and side table').action(async (id) =>
        (await import('./actions.ts')).cancelReplay(id),
      ),
    );
