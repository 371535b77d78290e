import type { SlotFold } from '../folds/slot-fold.ts';
import { createStateReader, createStateWriter } from '../folds/state-bytes.ts';
import type { KeyedStoreSpec, ValueCodec } from '../stores/store.ts';
import type { PartialSession } from './partial-session.ts';
import { endOf, type Session } from './session-list.ts';

/** The store of the open sessions of each key. */
export const sessionStore = (name: string, fold: SlotFold): KeyedStoreSpec<Session[]> => {
  const codec = sessionsCodecOf(fold);
  return {
    name,
    kind: 'keyed',
    shape: fold.shape,
    show: (sessions) =>
      sessions.map((session) => ({
        window: { startMs: session.startMs, endMs: endOf(session) },
        value: fold.result(session.slot),
      })),
    ...(codec !== undefined && { codec }),
  };
};

const sessionsCodecOf = ({ bytes }: SlotFold): ValueCodec<Session[]> | undefined => {
  if (bytes === undefined) return undefined;
  const writer = createStateWriter();
  const reader = createStateReader();
  return {
    encode(sessions) {
      writer.integer(sessions.length);
      for (const { startMs, slot, told } of sessions) {
        writer.integer(startMs);
        writer.scalar(told && told.startMs - startMs);
        if (told !== null) writer.integer(told.endMs - startMs);
        bytes.write(slot, writer, startMs);
      }
      return writer.take();
    },
    decode(encoded) {
      reader.open(encoded);
      return Array.from({ length: reader.integer() }, () => {
        const startMs = reader.integer();
        const toldFrom = reader.scalar() as number | null;
        const told =
          toldFrom === null
            ? null
            : { startMs: startMs + toldFrom, endMs: startMs + reader.integer() };
        return { startMs, told, changed: false, slot: bytes.read(reader, startMs) };
      });
    },
  };
};

/** Bytes of sessions on their way to the task that owns the key; undefined when a fold has no compact form. */
export const partialSessionCodecOf = ({
  bytes,
}: SlotFold): ValueCodec<PartialSession> | undefined => {
  if (bytes === undefined) return undefined;
  const writer = createStateWriter();
  const reader = createStateReader();
  return {
    encode({ startMs, slot }) {
      writer.integer(startMs);
      bytes.write(slot, writer, startMs);
      return writer.take();
    },
    decode(encoded) {
      reader.open(encoded);
      const startMs = reader.integer();
      return { startMs, slot: bytes.read(reader, startMs) };
    },
  };
};
