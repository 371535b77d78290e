import type { WarehouseContract } from '@millrace/contracts';
import type { LaneReading } from '../metrics.ts';
import type { ProbeShare } from './prober.ts';

/**
 * Who owns the first partition of a topic asks for its table, and who owns that of the first topic for the server: each
 * is asked once, however many instances there are, and nobody has to be elected.
 */
export function probeShare(
  contracts: readonly WarehouseContract[],
  readings: readonly Pick<LaneReading, 'topic' | 'partition'>[],
): ProbeShare {
  const owned = new Set(
    readings.filter(({ partition }) => partition === 0).map((one) => one.topic),
  );
  const [first] = contracts.map(({ topic }) => topic.name).sort();
  return {
    tables: contracts
      .filter(({ topic }) => owned.has(topic.name))
      .map((one) => one.warehouse.table),
    asksServer: first !== undefined && owned.has(first),
  };
}
