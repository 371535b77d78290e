/** A field appended to every record on its way: where it was read from. */
export interface SplicedField {
  readonly name: string;
  readonly type: 'int' | 'long' | 'timestamp-millis';
}

/** One framed record (Confluent wire format) and the values of the appended fields, in order. */
export interface SpliceInput {
  readonly framed: Buffer;
  readonly appended: readonly number[];
}

/**
 * Puts Avro datums of one writer schema into an object container file without decoding them: one record
 * per block, so that a broken record cannot shift its neighbours. Source: Avro specification, Object
 * Container Files.
 */
export interface ContainerSplicer {
  splice(records: readonly SpliceInput[]): Buffer;
}
