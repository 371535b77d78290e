import type { Flow } from '../flow.ts';
import type { ValueCodec } from '../stores/store.ts';
import { buffered } from './buffered.ts';
import type { Fold, Folds } from './fold.ts';
import {
  createStateReader,
  createStateWriter,
  type StateReader,
  type StateWriter,
} from './state-bytes.ts';

/** What is kept of some records of a key: their highest time, and the accumulator of each fold. */
export interface Slot {
  /** Ms; -Infinity in a slot without records. */
  maxMs: number;
  readonly parts: unknown[];
}

/** No record has got into the slot: a function threw for the first one. */
export const isEmpty = ({ maxMs }: Slot): boolean => maxMs === Number.NEGATIVE_INFINITY;

/** Named folds as one that works on slots. */
export interface SlotFold {
  readonly shape: string;
  /** Name and shape of each part of a slot. */
  readonly parts: readonly string[];
  readonly exact: boolean;
  /** Slots can be merged. */
  readonly mergeable: boolean;
  create(): Slot;
  /** Changes the slot; what user functions throw comes before anything has changed. */
  add(slot: Slot, flow: Flow): void;
  /** Adds to `into`, never changes `from`. */
  merge(into: Slot, from: Slot): void;
  result(slot: Slot): Record<string, unknown>;
  /** Undefined when a fold has no compact form. `baseMs`: a time near the slot's, which shortens it. */
  readonly bytes?: {
    write(slot: Slot, to: StateWriter, baseMs: number): void;
    read(from: StateReader, baseMs: number): Slot;
  };
}

/** The folds of one `aggregate`, by the names of their results; in a form that can be merged when that is needed. */
export const slotFoldOf = (folds: Folds<never>, merging = false): SlotFold => {
  const names = Object.keys(folds);
  const all = (Object.values(folds) as Fold<unknown, unknown>[]).map((fold) =>
    merging && fold.merge === undefined ? buffered(fold) : fold,
  );
  const number = all.length;
  const selected: unknown[] = new Array(number).fill(null);
  const bytes = bytesOf(all);

  const add =
    number === 1
      ? addToOne(all[0]!)
      : (slot: Slot, flow: Flow): void => {
          for (let at = 0; at < number; at += 1) {
            const fold = all[at]!;
            selected[at] = fold.select === undefined ? flow.value : fold.select(flow.value, flow);
          }
          const { parts } = slot;
          for (let at = 0; at < number; at += 1) {
            parts[at] = all[at]!.add(parts[at], selected[at], flow);
          }
          if (flow.timeMs > slot.maxMs) slot.maxMs = flow.timeMs;
        };

  const parts = names.map((name, at) => `${name}=${all[at]!.shape}`);

  return {
    shape: parts.join(','),
    parts,
    exact: all.every((fold) => fold.exact),
    mergeable: all.every((fold) => fold.merge !== undefined),
    create: () => ({ maxMs: Number.NEGATIVE_INFINITY, parts: all.map((fold) => fold.init()) }),
    add,
    merge(into, from) {
      for (let at = 0; at < number; at += 1) {
        into.parts[at] = all[at]!.merge!(into.parts[at], from.parts[at]);
      }
      if (from.maxMs > into.maxMs) into.maxMs = from.maxMs;
    },
    result(slot) {
      const results: Record<string, unknown> = {};
      for (let at = 0; at < number; at += 1) results[names[at]!] = all[at]!.result(slot.parts[at]);
      return results;
    },
    ...(bytes !== undefined && { bytes }),
  };
};

const addToOne = (fold: Fold<unknown, unknown>) => {
  const { select } = fold;
  return (slot: Slot, flow: Flow): void => {
    const selected = select === undefined ? flow.value : select(flow.value, flow);
    slot.parts[0] = fold.add(slot.parts[0], selected, flow);
    if (flow.timeMs > slot.maxMs) slot.maxMs = flow.timeMs;
  };
};

const bytesOf = (folds: readonly Fold<unknown, unknown>[]): SlotFold['bytes'] => {
  if (folds.some((fold) => fold.bytes === undefined)) return undefined;
  const forms = folds.map((fold) => fold.bytes!);
  return {
    write(slot, to, baseMs) {
      to.integer(slot.maxMs - baseMs);
      for (let at = 0; at < forms.length; at += 1) forms[at]!.write(slot.parts[at], to);
    },
    read(from, baseMs) {
      const maxMs = from.integer() + baseMs;
      return { maxMs, parts: forms.map((form) => form.read(from)) };
    },
  };
};

/** How a store keeps slots; undefined: as MessagePack. */
export const slotCodecOf = ({ bytes }: SlotFold): ValueCodec<Slot> | undefined => {
  if (bytes === undefined) return undefined;
  const writer = createStateWriter();
  const reader = createStateReader();
  return {
    encode(slot) {
      bytes.write(slot, writer, 0);
      return writer.take();
    },
    decode(encoded) {
      reader.open(encoded);
      return bytes.read(reader, 0);
    },
  };
};
