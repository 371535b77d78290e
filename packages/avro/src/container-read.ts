import { MillraceError } from '@millrace/contracts';
import { type ContainerCodec, containerCodecs, isContainerCodec } from './container-codec.ts';
import { readLong } from './varint.ts';

/**
 * Reads an Avro object container file that somebody else wrote: its header, then block by block. It decodes no
 * datum: a block is bytes and a count, and what the bytes are is for the schema's inspector. Writing containers is
 * `container-splice.ts`. Source: Avro specification 1.12, Object Container Files.
 */
export interface ContainerFile {
  /** The writer's schema as it stands in the file; not parsed. */
  readonly schemaText: string;
  readonly codec: ContainerCodec;
  /** The blocks in order. Throws `avro.container-invalid` where the file breaks off or a sync marker is wrong. */
  blocks(): Iterable<ContainerBlock>;
}

export interface ContainerBlock {
  /** How many datums it says to hold; above zero. */
  readonly count: number;
  /** The datums one after the other, as the codec left them. */
  readonly body: Buffer;
}

const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
const metadataEntriesMax = 1000;

/** Whether bytes begin as a container does. */
export const isContainer = (bytes: Buffer): boolean =>
  bytes.length >= MAGIC.length && bytes.subarray(0, MAGIC.length).equals(MAGIC);

/** Opens a whole file in memory. Throws `avro.container-invalid`, also for a codec that is not read here. */
export const openContainer = (bytes: Buffer): ContainerFile => {
  if (!isContainer(bytes)) throw invalid('it does not begin with "Obj" and the byte 1');
  const cursor: Cursor = { bytes, at: MAGIC.length };
  const metadata = readMetadata(cursor);
  const sync = take(cursor, SYNC_BYTES, 'the sync marker');
  const schemaText = metadata.get('avro.schema')?.toString('utf8');
  if (schemaText === undefined) throw invalid('its header has no avro.schema');
  const codec = metadata.get('avro.codec')?.toString('utf8') ?? 'null';
  if (!isContainerCodec(codec)) {
    const known = containerCodecs.join(', ');
    throw invalid(`its codec ${JSON.stringify(codec.slice(0, 20))} is not one of ${known}`);
  }
  const start = cursor.at;
  return { schemaText, codec, blocks: () => readBlocks({ bytes, at: start }, sync) };
};

interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

const invalid = (what: string): MillraceError =>
  new MillraceError('avro.container-invalid', `the bytes are not an Avro container file: ${what}`);

const readMetadata = (cursor: Cursor): Map<string, Buffer> => {
  const metadata = new Map<string, Buffer>();
  for (;;) {
    let count = readNumber(cursor, 'the header');
    if (count === 0) return metadata;
    if (count < 0) {
      count = -count;
      readNumber(cursor, 'the header');
    }
    if (metadata.size + count > metadataEntriesMax)
      throw invalid('its header has too many entries');
    for (let entry = 0; entry < count; entry += 1) {
      const key = takeSized(cursor, 'the header').toString('utf8');
      metadata.set(key, takeSized(cursor, 'the header'));
    }
  }
};

function* readBlocks(cursor: Cursor, sync: Buffer): Generator<ContainerBlock, void, void> {
  for (let block = 1; cursor.at < cursor.bytes.length; block += 1) {
    const where = `block ${block}`;
    const count = readNumber(cursor, where);
    if (count < 0) throw invalid(`${where} says to hold ${count} records`);
    const body = takeSized(cursor, where);
    if (!take(cursor, SYNC_BYTES, where).equals(sync)) {
      throw invalid(`${where} is not followed by the sync marker`);
    }
    if (count > 0) yield { count, body };
    else if (body.length > 0) throw invalid(`${where} holds bytes and no record`);
  }
}

const takeSized = (cursor: Cursor, where: string): Buffer => {
  const size = readNumber(cursor, where);
  if (size < 0) throw invalid(`${where} has a length below zero`);
  return take(cursor, size, where);
};

const take = (cursor: Cursor, size: number, where: string): Buffer => {
  const { bytes, at } = cursor;
  if (size > bytes.length - at) throw invalid(`it ends within ${where}`);
  cursor.at = at + size;
  return bytes.subarray(at, cursor.at);
};

const readNumber = (cursor: Cursor, where: string): number => {
  const { bytes, at } = cursor;
  for (let position = at; position < at + 10; position += 1) {
    const byte = bytes[position];
    if (byte === undefined) throw invalid(`it ends within ${where}`);
    if (byte > 0x7f) continue;
    cursor.at = position + 1;
    return readLong(bytes, at, cursor.at);
  }
  throw invalid(`${where} has a number of more than 64 bits`);
};
