/**
 * The records of `_millrace.ingest.ids`: blocks of fingerprints, and how far each door's blocks reach. Bytes only:
 * reading and writing them is id-log.ts.
 *
 *   key `seed`              {"seed": …}: what fingerprints of this cluster are made with
 *   key `ids/<door>/<n>`    a line of JSON (`IdBlockHeader`), then 16 bytes an id, topic by topic
 *   key `door/<door>`       {"ends": {topic: [offset of each partition]}, "isClosed"}: every id of this door's records
 *                           before these offsets is in its blocks before this record; `whole`, the same of every door's
 *                           records, in whose blocks ever (known-tails.ts); older doors do not say it
 *   key `notice/<source>`   {"door", "number"}: something new is at the place of a source (source-notices.ts); older doors pass it over
 */
export interface IdBlock {
  readonly seed: number;
  /** When the door wrote it, ms since 1970 UTC. */
  readonly atMs: number;
  /** Fingerprints by topic, 16 bytes each. */
  readonly prints: ReadonlyMap<string, Buffer>;
}

export interface DoorEnds {
  readonly ends: Readonly<Record<string, readonly number[]>>;
  readonly whole?: Readonly<Record<string, readonly number[]>>;
  /** The door has stopped, or another has read what it left. */
  readonly isClosed: boolean;
}

export type IdRecord =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'ids'; readonly door: string; readonly block: IdBlock }
  | ({ readonly kind: 'door'; readonly door: string } & DoorEnds)
  /** Told by the door: the source is to be looked at. */
  | { readonly kind: 'notice'; readonly source: string; readonly door: string };

/** Of one fingerprint. */
export const printBytes = 16;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

export const seedRecord = (seed: number) => ({ key: Buffer.from('seed'), value: json({ seed }) });

export const doorRecord = (door: string, ends: DoorEnds) => ({
  key: Buffer.from(`door/${door}`),
  value: json(ends),
});

export const noticeRecord = (source: string, door: string, number: number) => ({
  key: Buffer.from(`notice/${encodeURIComponent(source)}`),
  value: json({ door, number }),
});

export const blockRecord = (door: string, number: number, { seed, atMs, prints }: IdBlock) => {
  const topics = [...prints].map(([topic, { length }]) => [topic, length]);
  return {
    key: Buffer.from(`ids/${door}/${number}`),
    value: Buffer.concat([json({ seed, atMs, topics }), newline, ...prints.values()]),
  };
};

const newline = Buffer.from('\n');

/** Undefined for a record of another kind, of a later version, or broken: it is passed over. */
export const readIdRecord = (key: Buffer | null, value: Buffer | null): IdRecord | undefined => {
  if (key === null || value === null) return undefined;
  const [kind, name = ''] = key.toString('utf8').split('/');
  try {
    if (kind === 'ids') return { kind, door: name, block: readBlock(value) };
    const { seed, ends, whole, isClosed, door } = JSON.parse(value.toString('utf8')) as DoorEnds & {
      seed?: unknown;
      door?: unknown;
    };
    if (kind === 'notice') return { kind, source: decodeURIComponent(name), door: String(door) };
    if (kind === 'seed' && typeof seed === 'number') return { kind, seed };
    if (kind === 'door' && typeof ends === 'object')
      return { kind, door: name, ends, isClosed: isClosed === true, ...(whole && { whole }) };
  } catch {}
  return undefined;
};

const readBlock = (value: Buffer): IdBlock => {
  const end = value.indexOf(newline);
  const { seed, atMs, topics } = JSON.parse(value.toString('utf8', 0, end)) as {
    seed: number;
    atMs: number;
    topics: readonly (readonly [string, number])[];
  };
  let at = end + 1;
  const prints = new Map<string, Buffer>();
  for (const [topic, length] of topics) {
    if (length % printBytes !== 0 || at + length > value.length) throw new RangeError('cut off');
    prints.set(topic, value.subarray(at, at + length));
    at += length;
  }
  return { seed, atMs, prints };
};

/** Splits fingerprints into blocks of at most this many bytes, so that a record stays well below a topic's limit. */
export const splitPrints = (
  prints: ReadonlyMap<string, Buffer>,
  bytesMax: number,
): readonly ReadonlyMap<string, Buffer>[] => {
  const blocks: Map<string, Buffer>[] = [];
  let room = 0;
  for (const [topic, all] of prints)
    for (let at = 0; at < all.length; ) {
      if (room < printBytes) {
        blocks.push(new Map());
        room = bytesMax;
      }
      const part = all.subarray(at, at + room - (room % printBytes));
      blocks.at(-1)!.set(topic, part);
      room -= part.length;
      at += part.length;
    }
  return blocks;
};
