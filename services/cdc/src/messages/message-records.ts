/**
 * Logical messages (pg_logical_emit_message) as records of op `m` on `<prefix>.message`, keyed by their own prefix.
 * Which prefixes: MILLRACE_CDC_MESSAGES_INCLUDE and _EXCLUDE; the service's own (marks, heartbeats, signals) never.
 */
import { deadLetterHeaders, deadTopic } from '@millrace/contracts';
import { type OutgoingRecord, partitionForKey } from '@millrace/kafka';
import type { LogicalMessage } from '@millrace/pgoutput';
import type { ChangeBatch } from '../change-batch.ts';
import {
  type AvroOutput,
  createAvroOutput,
  writeByte,
  writeFrame,
  writeLong,
  writeSlice,
  writeText,
} from '../columns/avro-output.ts';
import { DEAD_LETTER_LSN_HEADER, DEAD_LETTER_ROW_HEADER } from '../dead/dead-letter.ts';
import {
  type ChangeContext,
  createSourceBlock,
  type SourceNames,
  sourceBlockBytesMax,
} from '../envelope/source-block.ts';
import { expressionOf } from '../source/captured-tables.ts';
import type { TransactionOrder } from '../transactions/transaction-order.ts';

export interface MessageTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly keySchemaId: number;
  readonly valueSchemaId: number;
  readonly names: SourceNames;
}

export interface MessageSource {
  readonly context: ChangeContext;
  /** Its place among the changes of its transaction, where metadata is asked for. */
  readonly order: TransactionOrder | undefined;
}

export interface MessageOptions {
  /** Patterns of prefixes; `*` stands for any text. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Of one envelope, bytes: a larger one goes to the dead letters. */
  readonly recordBytesMax: number;
  /** The topic and its registered schemas: asked for when the first message comes. */
  prepareTopic(): Promise<MessageTopic>;
}

export interface MessageRecords {
  wants(prefix: string): boolean;
  readonly isReady: boolean;
  /** To be awaited once before the first `add`. Errors: registry.*, kafka.*. */
  prepare(): Promise<void>;
  add(
    message: LogicalMessage,
    source: MessageSource,
    batch: ChangeBatch,
  ): 'encoded' | 'dead-letter';
}

/** Name of the messages among the tables of a transaction's metadata. */
export const MESSAGE_COLLECTION = 'message';
/** Marks, heartbeats and signals of this service and its kin. */
const OWN_PREFIX = 'millrace.';
/** Frames, the op, branches and lengths. */
const BESIDE_BYTES = 128;

const keyOf = (schemaId: number, prefix: string): Buffer => {
  const out = createAvroOutput(Buffer.allocUnsafe(3 * prefix.length + BESIDE_BYTES));
  writeFrame(out, schemaId);
  writeByte(out, 2);
  writeText(out, prefix);
  return out.bytes.subarray(0, out.position);
};

/** The content byte for byte, as a row's dead letter has its bytes. */
const deadLetterOf = (
  { content, lsn, prefix }: LogicalMessage,
  topic: string,
  key: Buffer,
  reason: string,
): OutgoingRecord => ({
  key,
  value: Buffer.from(content),
  headers: {
    [deadLetterHeaders.topic]: topic,
    [deadLetterHeaders.stage]: 'encode-message',
    [deadLetterHeaders.exceptionClass]: 'cdc.value-invalid',
    [deadLetterHeaders.exceptionMessage]: reason,
    [DEAD_LETTER_LSN_HEADER]: String(lsn),
    [DEAD_LETTER_ROW_HEADER]: JSON.stringify({ prefix }),
  },
});

const createWriter = (target: MessageTopic, recordBytesMax: number) => {
  const block = createSourceBlock(target.names);
  const namesBytes = sourceBlockBytesMax(target.names);

  const writeValue = (
    out: AvroOutput,
    { content, lsn, prefix }: LogicalMessage,
    { context, order }: MessageSource,
  ): void => {
    writeFrame(out, target.valueSchemaId);
    writeText(out, 'm');
    writeByte(out, 2);
    writeLong(out, context.processedAtMs);
    block.writeSource(out, context, 'false', Number(lsn), order);
    writeByte(out, 2);
    writeText(out, prefix);
    writeByte(out, 2);
    writeSlice(out, content, 0, content.length);
  };

  return (message: LogicalMessage, source: MessageSource, batch: ChangeBatch) => {
    const { content, prefix } = message;
    const key = keyOf(target.keySchemaId, prefix);
    const bytes = content.length + namesBytes + 3 * prefix.length + BESIDE_BYTES;
    if (bytes > recordBytesMax) {
      const reason = `the record would take about ${bytes} bytes; ${recordBytesMax} are allowed`;
      batch.add(deadTopic('cdc'), 0, deadLetterOf(message, target.topic, key, reason));
      return 'dead-letter' as const;
    }
    batch.makeRoom(bytes);
    const { out } = batch;
    const start = out.position;
    writeValue(out, message, source);
    const value = out.bytes.subarray(start, out.position);
    batch.add(target.topic, partitionForKey(key, target.partitions), { key, value });
    return 'encoded' as const;
  };
};

export const createMessageRecords = (options: MessageOptions): MessageRecords => {
  const included = options.include.map(expressionOf);
  const excluded = options.exclude.map(expressionOf);
  let write: ReturnType<typeof createWriter> | undefined;

  const isWanted = (prefix: string): boolean =>
    !prefix.startsWith(OWN_PREFIX) &&
    included.some((one) => one.test(prefix)) &&
    !excluded.some((one) => one.test(prefix));

  return {
    wants: isWanted,
    get isReady() {
      return write !== undefined;
    },
    prepare: async () => {
      write = createWriter(await options.prepareTopic(), options.recordBytesMax);
    },
    add: (message, source, batch) => {
      if (write === undefined) throw new Error('a message came before its topic was prepared');
      return write(message, source, batch);
    },
  };
};
