/**
 * `millrace status`: one line a stream, of the quality service's word: whether rows arrive in time and all of them. Exit code 1 when something is
 * bad. `--recount` is an operator's: it takes a table as it is.
 */
import type { HealthReport, StreamHealth } from '@millrace/operations';
import { Command } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { connectQuality, qualityAddressHelp } from '../operations/connect-quality.ts';
import { statusText } from './status-text.ts';

interface StatusFlags {
  readonly json?: boolean;
  readonly recount?: string;
}

const status = async (flags: StatusFlags): Promise<void> => {
  const client = connectQuality();
  if (flags.recount !== undefined) {
    const path = `/streams/${encodeURIComponent(flags.recount)}/recount`;
    const health = await client.send<StreamHealth>('POST', path);
    if (flags.json) printJson(health);
    else print(`${health.contract} is counted anew, from what is there now.`);
    return;
  }
  const report = await client.get<HealthReport>('/streams');
  if (report.condition === 'bad') process.exitCode = 1;
  if (flags.json) printJson(report);
  else print(statusText(report, Date.now()));
};

export const statusCommand = (): Command =>
  new Command('status')
    .description('every stream in a line: does it arrive in time, and all of it')
    .option('--recount <contract>', 'take its table as it is and count from there on')
    .option('--json', 'print JSON')
    .addHelpText('after', `\n${qualityAddressHelp} Exit code 1: something is bad.`)
    .action(status);
