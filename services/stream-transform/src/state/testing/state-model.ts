import type { KeyedStore, TimedStore } from '@millrace/streams';

/** The same state as plain maps, copied whole at every commit: what the stores must look like. */
export interface StateModel {
  keyed: Map<string, string>;
  /** By `time key`. */
  timed: Map<string, { timeMs: number; key: string; value: string }>;
}

export const emptyModel = (): StateModel => ({ keyed: new Map(), timed: new Map() });

export const copyModel = ({ keyed, timed }: StateModel): StateModel => ({
  keyed: new Map(keyed),
  timed: new Map(timed),
});

export type Shown = Readonly<Record<string, unknown>>;

const byText = (a: readonly unknown[], b: readonly unknown[]): number =>
  String(a[0]) < String(b[0]) ? -1 : 1;

const KEYS_ASKED = ['a', 'b', 'é'];

/** Everything that can be asked of the model. */
export const showModel = ({ keyed, timed }: StateModel): Shown => {
  const all = [...timed.values()];
  const times = [...new Set(all.map(({ timeMs }) => timeMs))].sort((a, b) => a - b);
  return {
    keyedSize: keyed.size,
    keyed: [...keyed].sort(byText),
    prefixed: [...keyed].filter(([key]) => key.startsWith('a')).sort(byText),
    timedSize: timed.size,
    first: times[0],
    times,
    between: times.filter((timeMs) => timeMs >= -5 && timeMs < 7),
    at: times.map((timeMs) =>
      all
        .filter((entry) => entry.timeMs === timeMs)
        .map(({ key, value }) => [key, value])
        .sort(byText),
    ),
    ofKeys: KEYS_ASKED.map((key) =>
      all
        .filter((entry) => entry.key === key && entry.timeMs >= -3 && entry.timeMs < 8)
        .sort((a, b) => a.timeMs - b.timeMs)
        .map(({ timeMs, value }) => [timeMs, value]),
    ),
  };
};

/** The same of the stores. Values are objects there, since those may be changed in place. */
export const showStores = (
  keyed: KeyedStore<{ text: string }>,
  timed: TimedStore<{ text: string }>,
): Shown => {
  const pairs = (entries: Iterable<[string | number, { text: string }]>) =>
    [...entries].map(([key, { text }]) => [key, text]);
  const times = [...timed.times()];
  return {
    keyedSize: keyed.size,
    keyed: pairs(keyed.entries()).sort(byText),
    prefixed: pairs(keyed.entries('a')).sort(byText),
    timedSize: timed.size,
    first: timed.firstTimeMs(),
    times,
    between: [...timed.times(-5, 7)],
    at: times.map((timeMs) => pairs(timed.at(timeMs)).sort(byText)),
    ofKeys: KEYS_ASKED.map((key) => pairs(timed.keyTimes(key, -3, 8))),
  };
};
