/**
 * The usual way: @kafkajs/confluent-schema-registry decodes each record, each row becomes a JSON line.
 * In its favour: times are sent as Unix seconds instead of calendar text, and the lines go out as one buffer
 * with a length, by the same insert as the other way.
 */
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type { ClickHouse } from '@millrace/clickhouse';
import { type LandingWay, PARTITION, PRODUCED_AT_MS } from './tables.ts';

interface Flight {
  readonly departed_at: number;
}

const unixSeconds = (timeMs: number): string => (timeMs / 1_000).toFixed(3);

export const createDecodeWay = (clickhouse: ClickHouse, registryUrl: string): LandingWay => {
  const registry = new SchemaRegistry({ host: registryUrl });
  return {
    name: 'decode + JSONEachRow',
    table: 'decoded',
    land: async (records, firstOffset, token) => {
      const lines: string[] = [];
      for (const [index, framed] of records.entries()) {
        const flight = (await registry.decode(framed)) as Flight;
        const row = {
          ...flight,
          departed_at: unixSeconds(flight.departed_at),
          _partition: PARTITION,
          _offset: firstOffset + index,
          _produced_at: unixSeconds(PRODUCED_AT_MS),
        };
        lines.push(JSON.stringify(row));
      }
      const body = Buffer.from(lines.join('\n'));
      await clickhouse.insert({ statement: 'INSERT INTO decoded FORMAT JSONEachRow', body, token });
    },
  };
};
