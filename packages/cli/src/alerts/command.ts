/** `millrace alerts list|ack|silence|silences|unsilence`: what needs a person, of the quality service's word. Exit code 1 of `list`: something is critical. */
import type { Alert, AlertReport, Silence } from '@millrace/operations';
import { Command } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { connectQuality } from '../operations/connect-quality.ts';
import { alertsText, silencesText, untilMs } from './alerts-text.ts';

interface JsonFlag {
  readonly json?: boolean;
}

const list = async (flags: JsonFlag & { readonly hours: string }): Promise<void> => {
  const report = await connectQuality().get<AlertReport>('/alerts', { hours: flags.hours });
  if (report.open.some(({ severity, silence }) => severity === 'critical' && silence === null))
    process.exitCode = 1;
  if (flags.json) printJson(report);
  else print(alertsText(report));
};

const acknowledge = async (id: string, flags: JsonFlag): Promise<void> => {
  const path = `/alerts/${encodeURIComponent(id)}/acknowledge`;
  const alert = await connectQuality().send<Alert>('POST', path);
  if (flags.json) printJson(alert);
  else print(`${alert.id} is ${alert.acknowledgedBy}'s.`);
};

interface SilenceFlags extends JsonFlag {
  readonly name: string;
  readonly subject: string;
  readonly for: string;
  readonly reason: string;
}

const silence = async (flags: SilenceFlags): Promise<void> => {
  const { name, subject, reason } = flags;
  const body = { name, subject, reason, untilMs: untilMs(flags.for, Date.now()) };
  const made = await connectQuality().send<Silence>('POST', '/silences', body);
  if (flags.json) printJson(made);
  else print(`silent until ${new Date(made.untilMs).toISOString()}: ${made.id}`);
};

const silences = async (flags: JsonFlag): Promise<void> => {
  const found = await connectQuality().get<readonly Silence[]>('/silences');
  if (flags.json) printJson(found);
  else print(silencesText(found));
};

const unsilence = async (id: string): Promise<void> => {
  await connectQuality().send('DELETE', `/silences/${encodeURIComponent(id)}`);
};

export const alertsCommand = (): Command => {
  const command = new Command('alerts').description('what needs a person, and who was told');
  command
    .command('list', { isDefault: true })
    .description('open alerts, and those that ended lately')
    .option('--hours <count>', 'ended within so many hours', '24')
    .option('--json', 'print JSON')
    .action(list);
  command
    .command('ack <id>')
    .description('take an alert on: nobody is reminded until it is graver')
    .option('--json', 'print JSON')
    .action(acknowledge);
  command
    .command('silence')
    .description('tell nobody of some alerts for a while')
    .option('--name <pattern>', 'alerts of this name; * stands for any text', '*')
    .option('--subject <pattern>', 'alerts of this subject', '*')
    .requiredOption('--for <duration>', 'how long, e.g. 30m, 2h, 3d')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--json', 'print JSON')
    .action(silence);
  command
    .command('silences')
    .description('what is silenced now')
    .option('--json', 'print JSON')
    .action(silences);
  command.command('unsilence <id>').description('end a silence').action(unsilence);
  return command;
};
