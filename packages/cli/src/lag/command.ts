/**
 * `millrace lag [group]`: how far groups are behind, of the quality service's word. What a sink or a capture says of itself is
 * `millrace sink status`, `millrace cdc status`. Exit code 1 when something is bad.
 */
import type { LagReport } from '@millrace/operations';
import { Command, InvalidArgumentError } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { connectQuality, qualityAddressHelp } from '../operations/connect-quality.ts';
import { lagText } from './lag-text.ts';

interface LagFlags {
  /** Seconds between two looks; true: the default. */
  readonly watch?: number | true;
  readonly json?: boolean;
}

const WATCH_SECONDS = 5;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

const show = (report: LagReport, group: string | undefined, { json, watch }: LagFlags): void => {
  if (json) {
    // one report a line, for whoever reads them as they come
    if (watch === undefined) printJson(report);
    else print(JSON.stringify(report));
    return;
  }
  if (watch !== undefined && process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
  print(lagText(report, group !== undefined, Date.now()));
};

const lag = async (group: string | undefined, flags: LagFlags): Promise<void> => {
  const client = connectQuality();
  const look = () => client.get<LagReport>('/lag', { group });
  const report = await look();
  if (report.groups.some(({ condition }) => condition === 'bad')) process.exitCode = 1;
  show(report, group, flags);
  if (flags.watch === undefined) return;
  const everyMs = (flags.watch === true ? WATCH_SECONDS : flags.watch) * 1000;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    show(await look(), group, flags);
  }
};

const parseSeconds = (text: string): number => {
  const seconds = Number(text);
  if (seconds >= 1 && seconds <= 3600) return seconds;
  throw new InvalidArgumentError('Seconds are a number from 1 to 3600.');
};

export const lagCommand = (): Command =>
  new Command('lag')
    .description('how far consumer groups are behind, in records and seconds; of one: by partition')
    .argument('[group]', 'only this group, with its partitions')
    .option(
      '--watch [seconds]',
      `look again every so many seconds (${WATCH_SECONDS})`,
      parseSeconds,
    )
    .option('--json', 'print JSON; with --watch one report a line')
    .addHelpText(
      'after',
      `\n${qualityAddressHelp} Exit code 1: a group is stopped, stalled or far too late.`,
    )
    .action(lag);
