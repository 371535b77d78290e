import { compileJsonEncoder, compileRecordReader, FRAME_HEADER_BYTES } from '@millrace/avro';
import { type AvroNode, type AvroRecord, type Contract, MillraceError } from '@millrace/contracts';

/** Turns JSON as the door takes it, with times in ISO 8601, into values as transforms see them, and back. */
export interface JsonRecords {
  /** Throws `transform.cases-invalid` that names the fields. */
  valueOf(json: unknown): Record<string, unknown>;
  /** The same for some of the fields. */
  partOf(json: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** JSON for a person: times in ISO 8601, bytes in base64. */
  jsonOf(value: Readonly<Record<string, unknown>>): Record<string, unknown>;
}

/** `where`: what messages begin with. */
export const createJsonRecords = (
  { id, record, schemaText }: Contract,
  where: string,
): JsonRecords => {
  const schema = JSON.parse(schemaText) as { fields: { name: string }[] };
  const convert = (names: readonly string[] | undefined, json: unknown) => {
    const wanted = (name: string) => names === undefined || names.includes(name);
    const part: AvroRecord = {
      ...record,
      fields: record.fields.filter(({ name }) => wanted(name)),
    };
    const encoding = compileJsonEncoder(part, { schemaId: 1 }).encode(json);
    if (!encoding.ok) {
      const problems = encoding.problems.map(({ message }) => message).join('; ');
      throw new MillraceError('transform.cases-invalid', `${where}: ${id}: ${problems}`);
    }
    const text = JSON.stringify({
      ...schema,
      fields: schema.fields.filter(({ name }) => wanted(name)),
    });
    const { datum } = encoding;
    return compileRecordReader(text)(datum, FRAME_HEADER_BYTES, datum.length);
  };

  return {
    valueOf: (json) => convert(undefined, json),
    partOf: (json) => convert(Object.keys(json), json),
    jsonOf: (value) =>
      Object.fromEntries(
        record.fields
          .filter(({ name }) => name in value)
          .map(({ name, type }) => [name, jsonOf(type, value[name])]),
      ),
  };
};

const jsonOf = (type: AvroNode, value: unknown): unknown => {
  if (value === null || value === undefined) return value;
  if (type.kind === 'union') {
    const [branch, ...others] = type.branches.filter(({ kind }) => kind !== 'null');
    return others.length === 0 ? jsonOf(branch!, value) : plain(value);
  }
  const logical = 'logical' in type ? type.logical?.name : undefined;
  if (logical === 'timestamp-millis') return new Date(Number(value)).toISOString();
  if (logical === 'date') return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
  return plain(value);
};

const plain = (value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
};
