/** A sizing, and what a loss does, as a person reads it. */
import { tableText } from '../demo/table-text.ts';
import type { PartSize, Sizing } from './estimate.ts';
import type { LossOutcome, LossScenario } from './loss-model.ts';

const row = ({ part, instances, cores, memoryMb, diskGb }: PartSize) => ({
  part,
  instances,
  'cores each': cores,
  'memory each, MB': memoryMb,
  'disk in all, GB': diskGb,
});

/** @param costPerMonth in the unit of the prices that were given; left out where none were */
export const sizeText = (sizing: Sizing, costPerMonth?: number): string => {
  const { cores, memoryGb, diskGb } = sizing.totals;
  return [
    tableText(sizing.parts.map(row)),
    '',
    `in all ${cores} cores, ${memoryGb.toFixed(1)} GB of memory, ${diskGb.toFixed(1)} GB of disk; ${sizing.partitionsPerStream} partitions a stream`,
    ...(costPerMonth === undefined
      ? []
      : [`about ${Math.ceil(costPerMonth)} a month by your prices`]),
    ...sizing.warnings.map((warning) => `note: ${warning}`),
    'What each figure stands on: docs/operations/sizing.md',
  ].join('\n');
};

export const lossText = (scenario: LossScenario, outcome: LossOutcome): string => {
  const { before, during, caughtUpMs, busy } = outcome;
  const lateness = (name: string, of: typeof before) => ({
    records: name,
    'p50 ms': of.p50,
    'p99 ms': of.p99,
    'worst ms': of.worst,
  });
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return [
    `${Math.round(scenario.recordsPerSecond)} records/s on ${scenario.partitions} partitions; sinks ${percent(busy.sinks)} busy, shards ${percent(busy.shards)}`,
    tableText([
      lateness('before', before),
      lateness(`from the loss of a ${scenario.lose} until caught up`, during),
    ]),
    caughtUpMs === undefined
      ? `not caught up within ${(scenario.durationMs - scenario.lossAtMs) / 1_000} s: what is left cannot carry the load`
      : `caught up ${(caughtUpMs / 1_000).toFixed(1)} s after the loss`,
    'A model, compared with one machine only: docs/operations/sizing.md',
  ].join('\n');
};
