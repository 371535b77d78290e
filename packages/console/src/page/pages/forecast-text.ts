/** An estimate of a query in words. */
import type { SqlEstimate } from '@millrace/operations';
import { formatBytes, formatCount } from '../format/numbers.ts';

export interface Forecast {
  readonly tone: 'plain' | 'warn' | 'bad';
  readonly text: string;
}

/** ClickHouse's messages name the whole statement behind the first sentences. */
const messageMax = 300;

const plural = (count: number, word: string): string =>
  `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`;

export const forecastText = ({ refused, tables, rows, parts, bytes }: SqlEstimate): Forecast => {
  if (refused !== null) {
    const isForbidden = refused.code === 'operations.sql-refused';
    const why =
      refused.message.length > messageMax
        ? `${refused.message.slice(0, messageMax)} …`
        : refused.message;
    return isForbidden
      ? { tone: 'bad', text: `This would be refused: ${why}` }
      : { tone: 'warn', text: `ClickHouse would not take this: ${why}` };
  }
  if (tables.length === 0) return { tone: 'plain', text: 'Reads no rows of a table.' };
  const size = bytes === null ? '' : ` about ${formatBytes(bytes)},`;
  return {
    tone: 'plain',
    text: `Reads up to ${plural(rows, 'row')},${size} in ${plural(parts, 'part')}.`,
  };
};
