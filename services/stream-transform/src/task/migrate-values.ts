/**
 * Values of one store on their way from its changelog: those of the generation before are migrated, and are to be written
 * again with the first commit. Each changelog record of a store that was ever migrated says its generation, so that one that was
 * migrated is never migrated a second time, wherever the task was interrupted.
 */
import { MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import type { MigratedEntry, StoreSpec, StoreToMigrate } from '@millrace/streams';
import type { StateShape } from '../evolution/state-shape.ts';
import { storesOf, type TransformPlan } from '../plan/transform-plan.ts';
import { readText, readTime, TIME_BYTES } from '../state/storage-key.ts';
import { createDefaultCodec } from '../state/value-codec.ts';

/** Which migration of its store a changelog record's value has behind it; 0 when absent. */
const GENERATION = 'millrace-generation';

type Headers = Readonly<Record<string, Buffer>>;

export interface MigratedValues {
  /**
   * The value as it is to be restored; undefined for one of a generation that is not read, which a later record must
   * replace. Throws `transform.changed` for one that its migration does not take.
   */
  take(key: Buffer, value: Buffer | null, headers: Headers): Buffer | null | undefined;
  /** None of these bytes need be taken: they are changelog records as they were before there were migrations. */
  isPlain(records: Buffer): boolean;
  /** A value was found that is not read, and nothing has replaced it yet. */
  readonly isStrange: boolean;
  /** All has been taken. Throws `transform.changed` when a value is there that is not read. */
  finish(): void;
  /** Something is to be written again. */
  readonly isPending: boolean;
  /** What is to be written again, once. */
  takePending(): readonly Pick<OutgoingRecord, 'key' | 'value'>[];
  /** What every record of the store says. */
  readonly headers: Headers;
}

export interface MigratedValuesOptions {
  readonly transform: string;
  readonly spec: StoreSpec;
  /** 0: it was never migrated. */
  readonly generation: number;
  readonly migration: StoreToMigrate['migration'] | undefined;
}

export const createMigratedValues = (options: MigratedValuesOptions): MigratedValues => {
  const { transform, spec, generation, migration } = options;
  const pending = new Map<string, Pick<OutgoingRecord, 'key' | 'value'>>();
  /** The generation of what is not read, by key. */
  const strange = new Map<string, number>();
  const plain = createDefaultCodec();
  const decode = (bytes: Buffer): unknown => {
    if (migration?.decode === 'plain') return plain.decode(bytes);
    return (migration?.decode ?? (spec.codec ?? plain).decode)(bytes);
  };
  const changed = (what: string, cause?: unknown): MillraceError =>
    new MillraceError('transform.changed', `transform ${transform}: ${spec.name} ${what}`, {
      cause,
    });

  const migrate = (key: Buffer, value: Buffer): Buffer | null => {
    try {
      const now = migration!.change(decode(value), entryOf(spec, key), spec);
      return now === undefined ? null : Buffer.from((spec.codec ?? plain).encode(now));
    } catch (error) {
      throw changed(`holds a value that its migration does not take: ${String(error)}`, error);
    }
  };

  return {
    take(key, value, headers) {
      const id = key.toString('latin1');
      const found = Number(headers[GENERATION]?.toString() ?? 0);
      if (value === null || found === generation) {
        pending.delete(id);
        strange.delete(id);
        return value;
      }
      if (found !== generation - 1 || migration === undefined) {
        strange.set(id, found);
        return undefined;
      }
      strange.delete(id);
      const now = migrate(key, value);
      pending.set(id, { key: Buffer.from(key), value: now });
      return now;
    },
    isPlain: (records) => generation === 0 && strange.size === 0 && !records.includes(GENERATION),
    get isStrange() {
      return strange.size > 0;
    },
    finish() {
      const [found] = strange.values();
      if (found === undefined) return;
      throw changed(
        `holds values after ${found} migrations, and the file reads those after ${generation}: run each version with its onChange until all of its tasks have started`,
      );
    },
    get isPending() {
      return pending.size > 0;
    },
    takePending() {
      const records = [...pending.values()];
      pending.clear();
      return records;
    },
    headers: generation === 0 ? {} : { [GENERATION]: Buffer.from(String(generation)) },
  };
};

const entryOf = ({ kind }: StoreSpec, key: Buffer): MigratedEntry =>
  kind === 'keyed'
    ? { key: readText(key, 0, key.length) }
    : { key: readText(key, TIME_BYTES, key.length), timeMs: readTime(key, 0) };

/** Of each store of a stage. */
export const migratedValuesOf = (
  { transform, stages }: TransformPlan,
  stage: number,
  { generations, migrations }: Pick<StateShape, 'generations' | 'migrations'>,
): ReadonlyMap<string, MigratedValues> =>
  new Map(
    storesOf(stages[stage]!.stage).map((spec) => {
      const generation = generations.get(spec.name) ?? 0;
      const migration = migrations.get(spec.name)?.migration;
      const options = { transform: transform.name, spec, generation, migration };
      return [spec.name, createMigratedValues(options)];
    }),
  );
