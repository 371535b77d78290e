/**
 * What comes in floods and must be told nevertheless: the first of its kind at once, those like it counted and told
 * together, and kinds beyond a bound counted as one. So neither a log nor a topic is filled by who makes them up.
 */
import type { Clock } from '@millrace/pipeline';

export interface ToldTogether<T> {
  /** `kind`: what makes two alike. `make` is asked for the first one of its kind only. */
  note(kind: string, make: () => T): void;
  /** Tells what is counted and not told yet. */
  flush(): void;
}

export interface ToldTogetherOptions<T> {
  /** The first of its kind. */
  first(item: T): void;
  /** So many more like this one. */
  again(item: T, count: number): void;
  /** So many of other kinds than are told apart. */
  others(count: number): void;
  /** Different ones that are told apart within `togetherMs`. */
  readonly kindsMax: number;
  readonly clock: Clock;
  /** When it aborts, what is counted is told a last time. */
  readonly signal: AbortSignal;
}

/** Alike within this time are told together. */
const togetherMs = 10_000;

/** Tells by `first`, `again` and `others`, every ten seconds until the signal aborts. */
export const createToldTogether = <T>(options: ToldTogetherOptions<T>): ToldTogether<T> => {
  const { kindsMax, clock, signal } = options;
  const kinds = new Map<string, { readonly item: T; count: number }>();
  let others = 0;
  const flush = (): void => {
    for (const { item, count } of kinds.values()) if (count > 0) options.again(item, count);
    if (others > 0) options.others(others);
    kinds.clear();
    others = 0;
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(togetherMs, signal).catch(() => undefined);
      flush();
    }
  };
  void loop();
  return {
    note: (kind, make) => {
      const known = kinds.get(kind);
      if (known !== undefined) known.count += 1;
      else if (kinds.size >= kindsMax) others += 1;
      else {
        const item = make();
        kinds.set(kind, { item, count: 0 });
        options.first(item);
      }
    },
    flush,
  };
};
