/** `millrace quality rules|run|results`: what the quality service knows of the rules of contracts, for persons. */
import type {
  RuleHistory,
  RuleResult,
  RuleState,
  RulesReport,
  RunReport,
} from '@millrace/operations';
import { Command, InvalidArgumentError } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { tableText } from '../demo/table-text.ts';
import { connectQuality, qualityAddressHelp } from '../operations/connect-quality.ts';

/** A pass over a large table takes its time. */
const runTimeoutMs = 10 * 60_000;

const moment = (atMs: number | null | undefined): string =>
  atMs === null || atMs === undefined ? '' : new Date(atMs).toISOString().slice(0, 19);

const ruleRow = ({ contract, rule, last, action, nextMs }: RuleState) => ({
  ...{ contract, rule, outcome: last?.outcome ?? '', 'does on failure': action },
  ...{ 'looked at': moment(last?.atMs), next: moment(nextMs), said: last?.message ?? '' },
});

const resultRow = ({ atMs, rule, place, scope, outcome, message }: RuleResult) => ({
  ...{ at: moment(atMs), rule, place, scope, outcome, said: message },
});

const failed = (outcome: RuleResult['outcome'] | undefined): boolean =>
  outcome === 'failed' || outcome === 'error';

const rules = async (contract: string | undefined, flags: { json?: boolean }): Promise<void> => {
  const report = await connectQuality().get<RulesReport>('/quality/rules', { contract });
  if (report.rules.some(({ last }) => failed(last?.outcome))) process.exitCode = 1;
  if (flags.json) printJson(report);
  else if (report.rules.length === 0) print('No contract has a rule.');
  else print(tableText(report.rules.map(ruleRow)));
};

interface RunFlags {
  readonly rule?: string;
  readonly json?: boolean;
}

const run = async (contract: string, { rule, json }: RunFlags): Promise<void> => {
  const request = { contract, ...(rule !== undefined && { rule }) };
  const report = await connectQuality(runTimeoutMs).send<RunReport>(
    'POST',
    '/quality/run',
    request,
  );
  if (report.results.some(({ outcome }) => failed(outcome))) process.exitCode = 1;
  if (json) printJson(report);
  else print(tableText(report.results.map(resultRow)));
};

interface ResultsFlags extends RunFlags {
  readonly hours: number;
}

const results = async (contract: string, { rule, hours, json }: ResultsFlags): Promise<void> => {
  const history = await connectQuality().get<RuleHistory>('/quality/results', {
    ...{ contract, rule, hours },
  });
  if (json) printJson(history);
  else if (history.results.length === 0) print(`No results in the last ${hours} hours.`);
  else print(tableText(history.results.map(resultRow)));
};

const hoursOf = (text: string): number => {
  const hours = Number(text);
  if (!(hours > 0)) throw new InvalidArgumentError('It is no number of hours.');
  return hours;
};

/** The commands; their home is `millrace quality`. */
export const ruleCommands = (): readonly Command[] =>
  [
    new Command('rules')
      .description('the rules of contracts and how they stand; exit code 1 when one fails')
      .argument('[contract]', 'of this contract alone')
      .option('--json', 'print JSON')
      .action(rules),
    new Command('run')
      .description('look at the whole table of a contract now; exit code 1 when a rule fails')
      .argument('<contract>')
      .option('--rule <id>', 'this rule alone')
      .option('--json', 'print JSON')
      .action(run),
    new Command('results')
      .description('what came out, the newest first')
      .argument('<contract>')
      .option('--rule <id>', 'of this rule alone')
      .option('--hours <n>', 'how far back', hoursOf, 24)
      .option('--json', 'print JSON')
      .action(results),
  ].map((command) => command.addHelpText('after', qualityAddressHelp));
