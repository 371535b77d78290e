/** Dead letters and redrives as a person reads them in a terminal. */
import type {
  DeadLetter,
  DeadLetterContent,
  DeadLetterReasons,
  RedriveReport,
} from '@millrace/operations';

const isoOf = (atMs: number): string => new Date(atMs).toISOString();

export const letterLine = (letter: DeadLetter) => ({
  at: isoOf(letter.atMs),
  id: letter.id,
  from: letter.partition === null ? letter.topic : `${letter.topic}/${letter.partition}`,
  offset: letter.offset ?? '',
  code: letter.code,
  bytes: letter.valueBytes,
  redriven: letter.redrivenAtMs === null ? '' : isoOf(letter.redrivenAtMs),
});

export const reasonLine = (reason: DeadLetterReasons['reasons'][number]) => ({
  ...{ service: reason.service, topic: reason.topic, code: reason.code, letters: reason.count },
  ...{ last: isoOf(reason.lastMs), sample: reason.sample.slice(0, 60) },
});

/** Bytes as text where they are one, else as hexadecimal digits, 16 a line. */
const bytesText = (base64: string | null): string => {
  if (base64 === null) return '(none)';
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  const isText = !/[^\P{Cc}\t\n\r]|�/u.test(text);
  return isText ? text : (bytes.toString('hex').match(/.{1,32}/g) ?? []).join('\n');
};

export const contentText = (content: DeadLetterContent): string => {
  const { headers, key, value, decoded, undecodedReason, ...letter } = content;
  const facts = Object.entries(letter)
    .filter(([, one]) => one !== null)
    .map(([name, one]) => `${name.padEnd(14)} ${name.endsWith('Ms') ? isoOf(Number(one)) : one}`);
  return [
    ...facts,
    '',
    ...headers.map(({ name, text }) => `${name}: ${text}`),
    '',
    `key: ${bytesText(key)}`,
    decoded === null
      ? `not decoded: ${undecodedReason}`
      : `decoded: ${JSON.stringify(decoded, null, 2)}`,
    `value:\n${bytesText(value)}`,
  ].join('\n');
};

/** Letters that a reason names before it ends in `…`; all of them are in `--json`. */
const NAMED_MAX = 5;

const namedOf = ({ letters = [] }: RedriveReport, why: string): readonly string[] => {
  const ids = letters.filter((letter) => letter.why === why).map(({ id }) => id);
  if (ids.length === 0) return [];
  const more = ids.length > NAMED_MAX ? ', …' : '';
  return [`      ${ids.slice(0, NAMED_MAX).join(', ')}${more}`];
};

export const redriveText = (report: RedriveReport, isDryRun: boolean): string =>
  [
    isDryRun
      ? `${report.sent} of ${report.matched} letters would be sent again.`
      : `${report.id}  ${report.state}  ${report.sent} of ${report.matched} letters sent again, by ${report.by}: ${report.reason}`,
    ...(report.why === undefined ? [] : [`  ${report.why}`]),
    ...report.byReason.map(({ code, count }) => `  ${count} ${code}`),
    ...report.refused.flatMap(({ why, count }) => [
      `  ${count} not sent: ${why}`,
      ...namedOf(report, why),
    ]),
  ].join('\n');
