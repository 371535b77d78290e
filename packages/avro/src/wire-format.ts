/**
 * The Confluent wire format: a zero byte, the schema id as a big-endian 32-bit integer, the Avro datum.
 * It does not look inside the datum and knows no registry.
 * Source: Confluent Schema Registry documentation, "Wire format".
 */
export const FRAME_HEADER_BYTES = 5;

const MAGIC = 0;

/** Writes the five header bytes into `buffer` at `at`, its start unless told otherwise. */
export const writeFrameHeader = (buffer: Buffer, schemaId: number, at = 0): void => {
  buffer[at] = MAGIC;
  buffer.writeInt32BE(schemaId, at + 1);
};

/** A datum with its header in front, in a new buffer. */
export const frame = (schemaId: number, datum: Buffer): Buffer => {
  const framed = Buffer.allocUnsafe(FRAME_HEADER_BYTES + datum.length);
  writeFrameHeader(framed, schemaId);
  datum.copy(framed, FRAME_HEADER_BYTES);
  return framed;
};

/**
 * The schema id of the framed record from `start` to before `end`, or `undefined` when the bytes there are not
 * framed. Never throws.
 */
export const frameSchemaId = (
  buffer: Buffer,
  start = 0,
  end = buffer.length,
): number | undefined => {
  if (end - start < FRAME_HEADER_BYTES || buffer[start] !== MAGIC) return undefined;
  const schemaId = buffer.readInt32BE(start + 1);
  return schemaId > 0 ? schemaId : undefined;
};
