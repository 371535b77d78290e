/** Alerts and silences as a person reads them in a terminal. */
import { MillraceError } from '@millrace/contracts';
import type { Alert, AlertReport, Silence } from '@millrace/operations';

const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @throws `config.invalid` for what is no duration */
export const untilMs = (duration: string, nowMs: number): number => {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  if (count === undefined || unit === undefined)
    throw new MillraceError('config.invalid', `--for ${duration}: a duration is 30m, 2h or 3d.`);
  return nowMs + Number(count) * units[unit as keyof typeof units];
};

const iso = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const lineOf = (alert: Alert): string => {
  const notes = [
    ...(alert.acknowledgedBy === null ? [] : [`acknowledged by ${alert.acknowledgedBy}`]),
    ...(alert.silence === null ? [] : ['silenced']),
  ];
  const ended = alert.endedMs === null ? '' : `, ended ${iso(alert.endedMs)}`;
  return [
    `${alert.severity.padEnd(8)} ${alert.name} ${alert.subject}`,
    `         ${alert.summary}`,
    `         since ${iso(alert.sinceMs)}${ended}${notes.length > 0 ? `; ${notes.join(', ')}` : ''}`,
    `         id ${alert.id}  what to do: ${alert.runbook}`,
  ].join('\n');
};

export const alertsText = ({ open, ended }: AlertReport): string =>
  [
    open.length === 0 ? 'Nothing is wrong.' : open.map(lineOf).join('\n'),
    ...(ended.length === 0 ? [] : ['', 'Ended:', ...ended.map(lineOf)]),
  ].join('\n');

export const silencesText = (silences: readonly Silence[]): string =>
  silences.length === 0
    ? 'Nothing is silenced.'
    : silences
        .map(
          ({ id, name, subject, untilMs: until, by, reason }) =>
            `${name} ${subject} until ${iso(until)}, by ${by}: ${reason}\n  ${id}`,
        )
        .join('\n');
