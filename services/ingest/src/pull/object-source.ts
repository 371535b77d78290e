/** A place and a format as a source: each object is a part. */
import type { Clock } from '@millrace/pipeline';
import { createAwaitChange } from './await-change.ts';
import { type FormatSettings, formatOfName, readRows } from './formats/format.ts';
import type { Place, PlacedObject } from './places/place.ts';
import type { PartStates, PullSource, SourcePart } from './pull-source.ts';

export interface ObjectSourceOptions {
  readonly place: Place;
  readonly format: FormatSettings;
  /** The place is listed at least this often, ms. */
  readonly everyMs: number;
  readonly clock: Clock;
}

export const createObjectSource = (options: ObjectSourceOptions): PullSource => {
  const { place, format, everyMs, clock } = options;
  const partOf = (object: PlacedObject): SourcePart => ({
    name: object.name,
    title: object.title,
    version: object.version,
    bytes: object.bytes,
    ...(object.memo === undefined ? {} : { memo: object.memo }),
    read: (from, signal) => readRows(object, format, from, signal),
  });
  return {
    async *parts(states: PartStates, signal) {
      for await (const object of place.list(states, signal)) {
        const state = states.get(object.name);
        if (state?.version === object.version && state.done) continue;
        yield partOf(object);
      }
    },
    isText: ({ name }) => format.format === 'csv' || isCsv(name, format),
    ...createAwaitChange({ everyMs, clock, told: (signal) => place.changed(signal) }),
    close: async () => undefined,
  };
};

/** A name that says nothing is told when the part is read. */
const isCsv = (name: string, format: FormatSettings): boolean => {
  try {
    return formatOfName(name, format.format) === 'csv';
  } catch {
    return false;
  }
};
