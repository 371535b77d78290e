import { MillraceError } from '@millrace/contracts';
import { type Flow, type LateInfo, NO_WATERMARK } from '../flow.ts';
import type { SourceNode } from '../graph/graph.ts';
import { type RunningStage, startStage } from '../graph/running-stage.ts';
import type { RefusedRecord } from '../graph/stage-host.ts';
import { cutIntoStages, type Stage, type StageInput, type StageOutput } from '../graph/stages.ts';
import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import { createMemoryTimedStore } from '../stores/memory-timed-store.ts';
import type { KeyedStore, Stores } from '../stores/store.ts';
import type { Transform } from '../transform.ts';
import { createOriginClock, type OriginClock } from '../watermarks/origin-clock.ts';

/**
 * Runs a transform without Kafka: one task a stage, the same operators, stores in memory, a clock that is
 * moved by hand. Every record is a commit of its own, so each update of a window is seen.
 */
export interface Driver {
  /**
   * Sends a record into every source of the contract, and lets it pass through all stages. A table takes
   * rows by `key`; null is a row that is gone.
   */
  pipe(contract: string, value: unknown, options?: PipeOptions): void;
  /** What the transform has written to the contract since it was last asked, in order. */
  take(contract: string): DrivenRecord[];
  /** Records that were too late, as `context.late` was told. */
  takeLate(): { readonly flow: Flow; readonly info: LateInfo }[];
  /** Records that were refused where nothing reads an operator's rejected output. */
  takeRejected(): { readonly record: RefusedRecord; readonly reason: string }[];
  /** What functions threw, with the record that the operator was given where it had held it. */
  takeFailures(): { readonly record?: RefusedRecord; readonly error: MillraceError }[];
  /** Lets asynchronous operators hand on what they have begun, and commits. */
  settle(): Promise<void>;
  /** Records left out on purpose, counted by `operator: reason`. */
  readonly skipped: Readonly<Record<string, number>>;
  /** Moves the wall clock. */
  advanceClock(durationMs: number): void;
}

export interface PipeOptions {
  readonly key?: string | null;
  /** Event time; the value of the source's time field when left out, else that of the driver's clock. */
  readonly timeMs?: number;
}

export interface DrivenRecord {
  readonly key: string | null;
  readonly value: unknown;
  readonly timeMs: number;
}

interface DrivenStage {
  readonly stage: Stage;
  readonly running: RunningStage;
  /** By input; of a repartition: the watermark of the stage before it. */
  readonly clocks: readonly (OriginClock | { watermarkMs(): number })[];
}

/** Builds the stages of a transform and starts them, empty. Throws `transform.invalid`. */
export const createDriver = (
  { graph }: Transform,
  options: { readonly startMs?: number } = {},
): Driver => {
  let nowMs = options.startMs ?? 0;
  const written = new Map<string, DrivenRecord[]>();
  const late: { flow: Flow; info: LateInfo }[] = [];
  const rejected: { record: RefusedRecord; reason: string }[] = [];
  const failures: { record?: RefusedRecord; error: MillraceError }[] = [];
  const skipped: Record<string, number> = {};
  const stages: DrivenStage[] = [];
  const waiting: { readonly node: StageInput; readonly flow: Flow }[] = [];
  const repartitionWatermarks = new Map<string, number>();

  const globalTables = new Map<string, KeyedStore<unknown>>(
    graph.nodes.flatMap((node) =>
      node.kind === 'global-table' ? [[node.contract, createMemoryKeyedStore()]] : [],
    ),
  );

  const output = (node: StageOutput, flow: Flow): void => {
    if (node.kind === 'repartition') {
      waiting.push({ node, flow });
      return;
    }
    const { key, value, timeMs } = flow;
    const records = written.get(node.contract) ?? [];
    records.push({ key, value, timeMs });
    written.set(node.contract, records);
  };

  const host = {
    stores: memoryStores(),
    globalTable: <V>(contract: string) => globalTables.get(contract) as KeyedStore<V>,
    output,
    late: (flow: Flow, info: LateInfo) => void late.push({ flow, info }),
    skipped(operator: string, reason: string) {
      const what = `${operator}: ${reason}`;
      skipped[what] = (skipped[what] ?? 0) + 1;
    },
    rejected: (record: RefusedRecord, reason: string) => void rejected.push({ record, reason }),
    failed: (record: RefusedRecord, error: MillraceError) => void failures.push({ record, error }),
    nowMs: () => nowMs,
  };

  for (const stage of cutIntoStages(graph)) {
    const clocks = stage.inputs.map((input) =>
      input.kind === 'source'
        ? createOriginClock(input.options.disorderMs)
        : { watermarkMs: () => repartitionWatermarks.get(input.name) ?? NO_WATERMARK },
    );
    stages.push({ stage, clocks, running: startStage(stage, host) });
  }

  const commit = ({ stage, running, clocks }: DrivenStage): void => {
    running.advance(Math.min(...clocks.map((clock) => clock.watermarkMs())));
    running.tick(nowMs);
    running.flush();
    for (const node of stage.outputs) {
      if (node.kind === 'repartition')
        repartitionWatermarks.set(node.name, running.watermarkOf(node));
    }
  };

  /** Every stage in order: a stage reads only what stages before it have written. */
  const commitAll = (): void => {
    for (const driven of stages) {
      const { stage, running } = driven;
      for (const { node, flow } of waiting.splice(0)) {
        const input = stage.inputs.indexOf(node);
        if (input >= 0) running.push(input, flow);
        else waiting.push({ node, flow });
      }
      commit(driven);
    }
  };

  return {
    pipe(contract, value, { key = null, timeMs } = {}) {
      const table = globalTables.get(contract);
      if (table !== undefined) keep(table, key, value);
      for (const { stage, running, clocks } of stages) {
        stage.inputs.forEach((input, index) => {
          if (input.kind !== 'source' || input.contract !== contract) return;
          const time = timeMs ?? timeOf(input, value) ?? nowMs;
          const watermarkMs = (clocks[index] as OriginClock).see(time);
          try {
            running.push(index, { key, value, timeMs: time, watermarkMs });
          } catch (error) {
            if (!(error instanceof MillraceError)) throw error;
            failures.push({ error });
          }
        });
      }
      commitAll();
    },
    take(contract) {
      const records = written.get(contract) ?? [];
      written.delete(contract);
      return records;
    },
    takeLate: () => late.splice(0),
    takeRejected: () => rejected.splice(0),
    takeFailures: () => failures.splice(0),
    async settle() {
      for (const { running } of stages) {
        await running.settle();
        commitAll();
      }
    },
    skipped,
    advanceClock(durationMs) {
      nowMs += durationMs;
      commitAll();
    },
  };
};

const keep = (table: KeyedStore<unknown>, key: string | null, row: unknown): void => {
  if (key === null) throw new TypeError('a row of a table needs its key');
  if (row === null) table.delete(key);
  else table.set(key, row);
};

const timeOf = ({ options }: SourceNode, value: unknown): number | undefined => {
  if (options.timeField === undefined) return undefined;
  return Number((value as Readonly<Record<string, unknown>>)[options.timeField]);
};

const memoryStores = (): Stores => ({
  keyed: () => createMemoryKeyedStore(),
  timed: ({ byKey = false }) => createMemoryTimedStore({ byKey }),
});
