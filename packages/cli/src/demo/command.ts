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
    });
}

function positiveInteger(text: string): number {
  const value = Number(text.replaceAll('_', '').replaceAll(',', ''));
  if (!Number.isInteger(value) || value <= 0) {
    throw new InvalidArgumentError('a positive whole number is needed');
  }
  return value;
}
