import type { Flow, LateInfo } from '../flow.ts';
import type { NameOperator } from '../operator.ts';
import { createOriginClock } from '../watermarks/origin-clock.ts';
import { createSnapshotStores } from './snapshot-stores.ts';

export interface OriginRecord {
  readonly key: string;
  readonly value: unknown;
  readonly timeMs: number;
}

/** One operator, fed by several partitions of each input, in one of the orders in which they might come. */
export interface OperatorRun {
  /** By input port: the records of each partition, in order. */
  readonly inputs: readonly (readonly (readonly OriginRecord[])[])[];
  readonly disorderMs: number;
  /** Says, record by record, which partition goes on, and whether time moves and state is reopened then. */
  readonly steps: readonly number[];
}

export interface OperatorOutput {
  readonly emitted: readonly Flow[];
  readonly late: readonly { readonly flow: Flow; readonly info: LateInfo }[];
  /** Entries in the stores when event time has gone beyond everything. */
  readonly entriesLeft: number;
  /** Whether a record that counts as on time for what follows came where its time had passed. */
  readonly brokeItsWatermark: boolean;
}

const FAR_MS = 1e9;

/** Runs an operator to the end of its inputs and event time beyond them. */
export const runOperator = (
  make: NameOperator,
  { inputs, disorderMs, steps }: OperatorRun,
): OperatorOutput => {
  const spec = make('under-test');
  const delayMs = spec.watermarkDelayMs ?? 0;
  const stores = createSnapshotStores();
  const emitted: Flow[] = [];
  const late: { flow: Flow; info: LateInfo }[] = [];
  let reachedMs = Number.NEGATIVE_INFINITY;
  let brokeItsWatermark = false;
  const unused = (): never => {
    throw new TypeError('not for operators that are run alone');
  };
  const open = () =>
    spec.create({
      keyed: stores.keyed,
      timed: stores.timed,
      emit(flow) {
        emitted.push(flow);
        // A window of this one millisecond would take it by its watermark, and must not have closed.
        if (flow.watermarkMs <= flow.timeMs && reachedMs - delayMs > flow.timeMs)
          brokeItsWatermark = true;
      },
      late: (flow, info) => void late.push({ flow, info }),
      skip: () => undefined,
      failed: unused,
      rejected: unused,
      origin: unused,
      resume: unused,
      globalTable: unused,
      watermarkMs: () => reachedMs,
      nowMs: () => 0,
    });
  let operator = open();

  const origins = inputs.flatMap((partitions, port) =>
    partitions
      .filter((records) => records.length > 0)
      .map((records) => ({ port, left: [...records], clock: createOriginClock(disorderMs) })),
  );
  const advance = (watermarkMs: number): void => {
    if (watermarkMs <= reachedMs) return;
    operator.advance?.(watermarkMs);
    reachedMs = watermarkMs;
  };
  for (let at = 0; ; at += 1) {
    const waiting = origins.filter(({ left }) => left.length > 0);
    if (waiting.length === 0) break;
    const step = steps[at % steps.length] ?? 0;
    const { port, left, clock } = waiting[step % waiting.length]!;
    const { key, value, timeMs } = left.shift()!;
    operator.process({ key, value, timeMs, watermarkMs: clock.see(timeMs) }, port);
    if (step % 3 > 0) advance(Math.min(...origins.map((one) => one.clock.watermarkMs())));
    if (step % 7 === 0) {
      stores.reopen();
      operator = open();
    }
  }
  advance(FAR_MS);
  return { emitted, late, entriesLeft: stores.size, brokeItsWatermark };
};

/** Results as texts, in the order in which they were handed on. */
export const textsOf = (flows: readonly Flow[]): readonly string[] =>
  flows.map(({ key, value, timeMs }) => `${key}: ${JSON.stringify(value)} @${timeMs}`);
