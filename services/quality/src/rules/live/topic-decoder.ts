/** Records of one contract's topic as rows of the fields that rules name. A change is the row after it; a deletion is no row. */
import {
  compileRecordReader,
  FRAME_HEADER_BYTES,
  frameSchemaId,
  type RecordReader,
  type RegistryClient,
} from '@millrace/avro';
import { type Contract, MillraceError } from '@millrace/contracts';

export interface TopicDecoder {
  /** The values; null for what is no row; undefined for what cannot be read. Rejects while the registry is away. */
  decode(value: Buffer | null): Promise<Readonly<Record<string, unknown>> | null | undefined>;
}

type Values = Readonly<Record<string, unknown>>;

export const createTopicDecoder = (
  contract: Contract,
  fields: readonly string[],
  registry: RegistryClient,
): TopicDecoder => {
  const isChange = contract.source.kind === 'change';
  const readers = new Map<number, RecordReader<Values> | undefined>();

  const compile = async (id: number): Promise<RecordReader<Values> | undefined> => {
    try {
      const { schemaText } = await registry.schemaById(id);
      return compileRecordReader<Values>(
        schemaText,
        isChange ? { fields: ['after'] } : { fields, readerSchemaText: contract.schemaText },
      );
    } catch (error) {
      if (error instanceof MillraceError && error.retryable) throw error;
      // An id that the registry does not know yet may be known later; a schema that does not fit stays so.
      if (error instanceof MillraceError && error.code === 'registry.unknown-schema')
        return undefined;
      readers.set(id, undefined);
      return undefined;
    }
  };
  const readerOf = async (id: number): Promise<RecordReader<Values> | undefined> => {
    if (readers.has(id)) return readers.get(id);
    const reader = await compile(id);
    if (reader !== undefined) readers.set(id, reader);
    return reader;
  };

  return {
    decode: async (value) => {
      if (value === null) return null;
      const id = frameSchemaId(value);
      if (id === undefined) return undefined;
      const read = readers.get(id) ?? (await readerOf(id));
      if (read === undefined) return undefined;
      try {
        const values = read(value, FRAME_HEADER_BYTES, value.length);
        return isChange ? ((values['after'] ?? null) as Values | null) : values;
      } catch {
        return undefined;
      }
    },
  };
};
