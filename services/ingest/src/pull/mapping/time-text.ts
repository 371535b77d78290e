/**
 * Timestamps and dates as files write them, into the ISO 8601 text that the encoder reads. A format is a pattern of
 * `yyyy MM dd HH mm ss SSS` and what stands between them, or `unix` (seconds) and `unix-ms`. Names of months and
 * time zones by name are not read.
 */
import { MillraceError } from '@millrace/contracts';

export interface TimeText {
  /** ISO 8601 when absent. */
  readonly format?: string;
  /** Offset of texts that carry none: `Z`, `+02:00`. Without it such a timestamp is refused. */
  readonly zone?: string;
}

const digitsOf = { yyyy: 4, MM: 2, dd: 2, HH: 2, mm: 2, ss: 2, SSS: 3 } as const;
type Token = keyof typeof digitsOf;

const tokens = /yyyy|MM|dd|HH|mm|SSS|ss/g;

/** What is no text of the format comes back as it is. @param logical the Avro logical type of the field */
export const compileTimeText = (
  logical: string,
  times: TimeText | undefined,
): ((text: string) => unknown) => {
  if (logical.startsWith('time-')) return (text) => text.trim();
  const isDate = logical === 'date';
  const zone = logical.startsWith('timestamp') ? (times?.zone ?? '') : '';
  if (times?.format === 'unix' || times?.format === 'unix-ms') return epochReader(times.format);
  if (times?.format === undefined) return isDate ? (text) => text.trim() : isoReader(zone);
  const { pattern, order } = compilePattern(times.format);
  return (text) => {
    const found = pattern.exec(text);
    if (found === null) return text;
    const part = (token: Token, otherwise: string): string => {
      const at = order.indexOf(token);
      return (at === -1 ? undefined : found[at + 1]) ?? otherwise;
    };
    const date = `${part('yyyy', '1970')}-${part('MM', '01')}-${part('dd', '01')}`;
    if (isDate) return date;
    const time = `${part('HH', '00')}:${part('mm', '00')}:${part('ss', '00')}.${part('SSS', '000')}`;
    return `${date}T${time}${zone}`;
  };
};

/** Throws `config.source-invalid` for a format without a year, a month or a day. */
export const checkTimeFormat = (format: string): void => {
  if (format !== 'unix' && format !== 'unix-ms') compilePattern(format);
};

const compilePattern = (format: string): { pattern: RegExp; order: readonly Token[] } => {
  const order = (format.match(tokens) ?? []) as Token[];
  for (const needed of ['yyyy', 'MM', 'dd'] as const)
    if (order.filter((token) => token === needed).length !== 1)
      throw new MillraceError(
        'config.source-invalid',
        `the time format "${format}" needs ${needed} once; it is made of yyyy MM dd HH mm ss SSS, or is unix or unix-ms`,
      );
  const escaped = format.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  const source = escaped.replace(tokens, (token) => `(\\d{${digitsOf[token as Token]}})`);
  return { pattern: new RegExp(`^\\s*${source}\\s*$`), order };
};

const hasOffset = /(?:z|[+-]\d\d:?\d\d)$/i;
const minutes = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)$/;

/** A day alone is its midnight; seconds may be left out. */
const isoReader = (zone: string) => {
  return (text: string): string => {
    const last = text.charCodeAt(text.length - 1);
    if (last === 90 && text.length >= 20) return text;
    const trimmed = text.trim();
    const whole =
      trimmed.length === 10 ? `${trimmed}T00:00:00` : trimmed.replace(minutes, '$1T$2:00');
    return hasOffset.test(whole) ? whole : whole + zone;
  };
};

const epoch = /^\s*-?\d+(?:\.\d+)?\s*$/;

const epochReader = (format: 'unix' | 'unix-ms') => (text: string) => {
  if (!epoch.test(text)) return text;
  const date = new Date(Math.round(Number(text) * (format === 'unix' ? 1000 : 1)));
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
};
