/** Millrace's way: the datums go into a container as they are. */
import { compileSplicer } from '@millrace/avro';
import type { ClickHouse } from '@millrace/clickhouse';
import { schemaText } from './flights.ts';
import { type LandingWay, PARTITION, PRODUCED_AT_MS } from './tables.ts';

export const createSpliceWay = (clickhouse: ClickHouse): LandingWay => {
  const splicer = compileSplicer(schemaText, [
    { name: '_partition', type: 'int' },
    { name: '_offset', type: 'long' },
    { name: '_produced_at', type: 'timestamp-millis' },
  ]);
  return {
    name: 'splice + Avro',
    table: 'spliced',
    land: async (records, firstOffset, token) => {
      const body = splicer.splice(
        records.map((framed, index) => ({
          framed,
          appended: [PARTITION, firstOffset + index, PRODUCED_AT_MS],
        })),
      );
      await clickhouse.insert({ statement: 'INSERT INTO spliced FORMAT Avro', body, token });
    },
  };
};
