import type { Flow } from '../flow.ts';
import type { NameOperator, Operator, OperatorContext } from '../operator.ts';
import { refusePromise } from '../refuse-promise.ts';
import type {
  KeyedStore,
  KeyedStoreSpec,
  StoreSpec,
  TimedStore,
  TimedStoreSpec,
  ValueCodec,
} from '../stores/store.ts';
import { compareTexts } from '../value-order.ts';

/** State that a user declares; it is named when the operator is. */
export type KeyedState<V> = Omit<KeyedStoreSpec<V>, 'name'>;
export type TimedState<V> = Omit<TimedStoreSpec<V>, 'name'>;

/** State by key. `shape` names what a value is, e.g. `auction:v1`: change it when that changes. */
export const keyedState = <V>(shape: string, codec?: ValueCodec<V>): KeyedState<V> => ({
  kind: 'keyed',
  shape,
  ...(codec !== undefined && { codec }),
});

/** State by time and key; with `byKey` it can be asked for all times of a key. */
export const timedState = <V>(
  shape: string,
  { byKey = false, codec }: { readonly byKey?: boolean; readonly codec?: ValueCodec<V> } = {},
): TimedState<V> => ({ kind: 'timed', shape, byKey, ...(codec !== undefined && { codec }) });

// biome-ignore lint/suspicious/noExplicitAny: stores of one operator hold values of different types; each keeps its own.
export type StateDeclarations = Readonly<Record<string, KeyedState<any> | TimedState<any>>>;

/** The opened stores, by the names under which they were declared. */
export type OpenedState<D extends StateDeclarations> = {
  readonly [Name in keyof D]: D[Name] extends KeyedState<infer V>
    ? KeyedStore<V>
    : D[Name] extends TimedState<infer V>
      ? TimedStore<V>
      : never;
};

/** What the functions of a process work with. */
export interface ProcessContext<D extends StateDeclarations> {
  readonly stores: OpenedState<D>;
  /** Where event time stands, ms. */
  watermarkMs(): number;
}

export interface KeyContext<D extends StateDeclarations> extends ProcessContext<D> {
  readonly key: string;
  /** Of the record, or when the timer was due. */
  readonly timeMs: number;
  /**
   * Has `onTimer` called for this key once the watermark is beyond `dueMs`; once for one time and name. A
   * timer set by a timer is due one millisecond after it at the earliest. Throws a TypeError for what is no time, such as NaN.
   */
  schedule(dueMs: number, name?: string): void;
  cancel(dueMs: number, name?: string): void;
}

/** A user's own operator. What its functions answer is handed on, with the key and time they were called for. */
export interface ProcessLogic<V, D extends StateDeclarations, R> {
  readonly stores?: D;
  onRecord(value: V, context: KeyContext<D>): Iterable<R> | undefined;
  /** In event time: every record on time up to the timer has been seen. */
  onTimer?(name: string, context: KeyContext<D>): Iterable<R> | undefined;
  /** About once a commit, by the wall clock; for what is not part of final results: a replay has another clock. */
  onClock?(nowMs: number, context: ProcessContext<D>): void;
}

/** Runs a user's own logic with its own state and timers, one key at a time. */
export const processOperator =
  <V, D extends StateDeclarations, R>(logic: ProcessLogic<V, D, R>): NameOperator =>
  (name) => {
    const timersSpec: TimedStoreSpec<string[]> = {
      kind: 'timed',
      name: `${name}-timers`,
      shape: 'timers:v1',
    };
    const specs = Object.entries(logic.stores ?? {}).map(
      ([store, declared]) =>
        [store, { ...declared, name: `${name}-${store}` } as StoreSpec] as const,
    );
    return {
      kind: 'process',
      stores: [...specs.map(([, spec]) => spec), ...(logic.onTimer ? [timersSpec] : [])],
      create: (context) => {
        const stores = Object.fromEntries(
          specs.map(([store, spec]) => [
            store,
            spec.kind === 'keyed' ? context.keyed(spec) : context.timed(spec),
          ]),
        ) as OpenedState<D>;
        const timers = logic.onTimer ? context.timed(timersSpec) : undefined;
        return runProcess(logic as ProcessLogic<unknown, D, R>, context, stores, timers);
      },
    };
  };

const runProcess = <D extends StateDeclarations, R>(
  logic: ProcessLogic<unknown, D, R>,
  { emit, skip, failed, watermarkMs: watermarkNow }: OperatorContext,
  stores: OpenedState<D>,
  timers: TimedStore<string[]> | undefined,
): Operator => {
  // One object for all calls: a record costs none of its own.
  let current: { readonly key: string; readonly timeMs: number } = { key: '', timeMs: 0 };
  let earliestDueMs = Number.NEGATIVE_INFINITY;
  const context: KeyContext<D> = {
    stores,
    watermarkMs: watermarkNow,
    get key() {
      return current.key;
    },
    get timeMs() {
      return current.timeMs;
    },
    schedule(dueMs, name = '') {
      if (timers === undefined) throw new TypeError('a process that schedules timers has onTimer');
      // Of what is no time none would ever be the first and be gone: the timers would be fired for ever.
      if (!(Math.abs(dueMs) <= Number.MAX_SAFE_INTEGER)) {
        throw new TypeError(`a timer is due at a time in milliseconds, not ${String(dueMs)}`);
      }
      const atMs = Math.max(dueMs, earliestDueMs);
      const names = timers.get(atMs, current.key) ?? [];
      if (!names.includes(name)) timers.set(atMs, current.key, [...names, name].sort());
    },
    cancel(dueMs, name = '') {
      const names = timers?.get(dueMs, current.key)?.filter((one) => one !== name);
      if (names === undefined) return;
      if (names.length === 0) timers!.delete(dueMs, current.key);
      else timers!.set(dueMs, current.key, names);
    },
  };

  const handOn = (results: Iterable<R> | undefined, from: Omit<Flow, 'value'>): void => {
    if (results === undefined) return;
    if (results instanceof Promise) refusePromise(results);
    const { key, timeMs, watermarkMs } = from;
    for (const value of results) emit({ key, value, timeMs, watermarkMs });
  };

  const fire = (timeMs: number, reachedMs: number): void => {
    earliestDueMs = timeMs + 1;
    for (const [key, names] of [...timers!.at(timeMs)].sort(([a], [b]) => compareTexts(a, b))) {
      timers!.delete(timeMs, key);
      for (const name of names) {
        current = { key, timeMs };
        const watermarkMs = Math.max(timeMs, reachedMs);
        try {
          handOn(logic.onTimer!(name, context), { key, timeMs, watermarkMs });
        } catch (error) {
          failed({ key, value: { timer: name }, timeMs, watermarkMs }, error);
        }
      }
    }
    earliestDueMs = Number.NEGATIVE_INFINITY;
  };

  let reachedMs = watermarkNow();
  const fireUntil = (watermarkMs: number): void => {
    for (;;) {
      const firstMs = timers!.firstTimeMs();
      if (firstMs === undefined || firstMs >= watermarkMs) break;
      fire(firstMs, reachedMs);
    }
    reachedMs = watermarkMs;
  };

  return {
    process(flow) {
      if (flow.key === null) {
        skip('no-key');
        return;
      }
      current = flow as typeof current;
      handOn(logic.onRecord(flow.value, context), flow);
    },
    ...(timers !== undefined && { advance: fireUntil }),
    ...(logic.onClock !== undefined && {
      tick: (nowMs: number) => logic.onClock!(nowMs, context),
    }),
  };
};
