import { defineConfig, platformSettings, readConfig, setting } from '@millrace/runtime';
import { Command, InvalidArgumentError } from 'commander';
import type { DemoFlags } from './run-demo.ts';

/** `millrace demo`: the main job on real data, from nothing to an analyst's answer. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('start everything, send real flights and airports through it, query and audit')
    .option('--once', 'exit after the audit instead of staying up', false)
    .option('--json', 'print one JSON summary instead of the story (implies --once)', false)
    .option('--rows <n>', 'flights to send, up to 3,000,000', positiveInteger, 20_000)
    .option(
      '--rate <n>',
      'flights per second; default 2,500, and unlimited beyond 20,000 rows',
      positiveInteger,
    )
    .option('--data-dir <dir>', 'keep the data of Kafka, PostgreSQL and ClickHouse here')
    .action(async (options: DemoFlags) => {
      const { runDemo } = await import('./run-demo.ts');
      const passed = await runDemo(options);
      process.exitCode = passed ? 0 : 1;
    })
    .addCommand(tableCommand())
    .addCommand(feedCommand());
}

const tableConfig = defineConfig('demo', { postgresUrl: platformSettings.postgresUrl });

const tableCommand = (): Command =>
  new Command('table')
    .description(
      'make the example’s table of airports at MILLRACE_POSTGRES_URL, if it is not there',
    )
    .action(async () => {
      const { prepareTable } = await import('./feed.ts');
      const rows = await prepareTable(readConfig(tableConfig, process.env).postgresUrl);
      process.stdout.write(rows === 0 ? 'airports is there\n' : `airports: ${rows} rows\n`);
    });

const feedConfig = defineConfig('demo', {
  postgresUrl: platformSettings.postgresUrl,
  ingestUrl: setting.url({
    env: 'MILLRACE_INGEST_URL',
    schemes: ['http', 'https'],
    default: 'http://127.0.0.1:8080',
    description: 'Root of the door that flights are sent to.',
  }),
});

const feedCommand = (): Command =>
  new Command('feed')
    .description('send flights to MILLRACE_INGEST_URL and rename airports, until it is stopped')
    .option('--rate <n>', 'flights per second', positiveInteger, 20)
    .option('--flights <n>', 'end after so many', positiveInteger)
    .action(async ({ rate, flights }: { rate: number; flights?: number }) => {
      const { feed } = await import('./feed.ts');
      const ending = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort());
      const sent = await feed({
        ...readConfig(feedConfig, process.env),
        eventsPerSecond: rate,
        ...(flights === undefined ? {} : { flights }),
        signal: ending.signal,
        tell: (line) => process.stdout.write(`${line}\n`),
      });
      process.stdout.write(`${sent} flights sent\n`);
    });

function positiveInteger(text: string): number {
  const value = Number(text.replaceAll('_', '').replaceAll(',', ''));
  if (!Number.isInteger(value) || value <= 0) {
    throw new InvalidArgumentError('a positive whole number is needed');
  }
  return value;
}
