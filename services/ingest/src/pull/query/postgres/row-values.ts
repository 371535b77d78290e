/**
 * PostgreSQL's texts as values that keep all of what was there: microseconds of a timestamp, digits of a numeric and of a
 * 64-bit integer. The driver's own parsers round or shift them. What fits the contract is for the encoder to say.
 */
import pg from 'pg';

type Parse = (text: string) => unknown;

const isoTime: Parse = (text) => {
  const [day = '', rest = ''] = text.split(' ');
  // An offset of whole hours comes without minutes, which ISO 8601 in its extended form wants.
  return rest === ''
    ? text
    : `${day}T${rest.replace(/([+-]\d\d)$/, '$1:00').replace(/\+00:00$/, 'Z')}`;
};
const asText: Parse = (text) => text;

const { builtins } = pg.types;
const own: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [builtins.TIMESTAMPTZ, isoTime],
  [builtins.TIMESTAMP, isoTime],
  [builtins.DATE, asText],
  [builtins.TIME, asText],
  [builtins.NUMERIC, asText],
  [builtins.INT8, asText],
  [builtins.MONEY, asText],
  [builtins.INTERVAL, asText],
]);

/** For `types` of a connection; the driver's parsers where none of these is needed. */
export const rowTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : own.get(oid)) ??
    pg.types.getTypeParser(oid, format as 'text'),
};
