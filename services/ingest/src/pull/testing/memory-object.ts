/** For tests: an object that is bytes in memory, given in chunks of a size. */
import type { PlacedObject } from '../places/place.ts';
import type { RowBatch } from '../pull-source.ts';

export const memoryObject = (
  name: string,
  content: string | Uint8Array,
  chunkBytes = Number.POSITIVE_INFINITY,
): PlacedObject => {
  const bytes = Buffer.from(content as Uint8Array);
  return {
    name,
    title: name,
    version: '1',
    bytes: bytes.length,
    async *read({ from, to = bytes.length }) {
      for (let at = from; at < Math.min(to, bytes.length); at += chunkBytes)
        yield bytes.subarray(at, Math.min(at + chunkBytes, to, bytes.length));
    },
  };
};

export const allBatches = async (batches: AsyncIterable<RowBatch>): Promise<RowBatch[]> => {
  const all: RowBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
};

/** Rows in order, a fault in the place of a row that could not be read. */
export const rowsOf = (batches: readonly RowBatch[]): unknown[] =>
  batches.flatMap(({ values, faults, lines }) =>
    values.map((value, index) => {
      const fault = faults.get(index);
      return fault === undefined ? value : { line: lines?.[index], ...fault };
    }),
  );
