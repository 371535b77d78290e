/**
 * A record of a dead letter topic as a row that it is found and counted by. Headers may be missing or be garbage: whatever cannot be
 * read is empty, and the letter is still there. The bytes stay on Kafka.
 */
import { deadLetterHeaders, transformHeaders, type WarehouseContract } from '@millrace/contracts';
import type { ConsumedRecord } from '@millrace/kafka';

export type LetterService = 'sink' | 'cdc' | 'stream-transform';
export const letterServices: readonly LetterService[] = ['sink', 'cdc', 'stream-transform'];

/** Where a letter stands in its dead letter topic. */
export interface LetterPlace {
  readonly service: LetterService;
  readonly topicId: string;
  readonly partition: number;
}

export interface LetterRow {
  readonly service: LetterService;
  readonly topic_id: string;
  readonly letter_partition: number;
  readonly letter_offset: number;
  readonly at_ms: number;
  readonly topic: string;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly contract: string | null;
  readonly stage: string | null;
  readonly code: string;
  readonly message: string;
  readonly key_text: string | null;
  readonly value_bytes: number;
  /** What is sent again with it: the record, or of a capture the row. */
  readonly origin: string;
  /** Of a transform: nothing but the letter came of its record. Null of the others, for which it does not matter. */
  readonly whole: boolean | null;
}

export interface KnownStream {
  readonly id: string;
  readonly key: readonly string[];
  readonly warehouse?: Pick<WarehouseContract['warehouse'], 'columns'>;
}

const MESSAGE_CHARACTERS = 2_000;
const NAME_CHARACTERS = 300;
const KEY_CHARACTERS = 200;
const DAY_MS = 86_400_000;
/** JSON of the row, each value as PostgreSQL's text; of letters of a capture. */
export const ROW_HEADER = 'millrace.cdc.row';

const textOf = (bytes: unknown, characters: number): string =>
  bytes === undefined || bytes === null
    ? ''
    : // NUL cannot be told apart from the end of a text by everybody who reads this
      String(bytes).replaceAll('\0', '�').slice(0, characters);

const countOf = (bytes: unknown): number | null => {
  const text = textOf(bytes, 20);
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
};

/** The row of a change, or nothing where the header is absent or no object. */
export const changedRow = (
  headers: ConsumedRecord['headers'],
): Readonly<Record<string, unknown>> | undefined => {
  try {
    const row: unknown = JSON.parse(String(headers[ROW_HEADER]));
    return typeof row === 'object' && row !== null && !Array.isArray(row)
      ? (row as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};

const isPrintable = (text: string): boolean => !/[\p{Cc}\p{Cs}�]/u.test(text);

/** Nothing where the key is no text, or its field is classified. */
const keyTextOf = (
  { key, headers }: ConsumedRecord,
  stream: KnownStream | undefined,
  isClosed: (field: string) => boolean,
): string | null => {
  if (stream?.key.some(isClosed)) return null;
  const row = changedRow(headers);
  if (row !== undefined && stream !== undefined && stream.key.length > 0) {
    return stream.key
      .map((name) => String(row[name]))
      .join(',')
      .slice(0, KEY_CHARACTERS);
  }
  const text = key?.toString('utf8', 0, KEY_CHARACTERS) ?? '';
  return text !== '' && isPrintable(text) ? text : null;
};

/**
 * @param nowMs in place of a time that is none of this month: of what operators made, records have the event's
 * @param isClosed fields that not everybody may read
 */
export const letterRow = (
  place: LetterPlace,
  record: ConsumedRecord,
  stream: (topic: string) => KnownStream | undefined,
  isClosed: (stream: string, field: string) => boolean,
  nowMs: number,
): LetterRow => {
  const { headers, offset, timestampMs, value, key } = record;
  const topic = textOf(headers[deadLetterHeaders.topic], NAME_CHARACTERS);
  const known = stream(topic);
  const partition = countOf(headers[deadLetterHeaders.partition]);
  const originOffset = countOf(headers[deadLetterHeaders.offset]);
  const isRecent = timestampMs > nowMs - 30 * DAY_MS && timestampMs < nowMs + DAY_MS;
  const own = `${place.service}:${place.topicId}:${place.partition}:${offset}`;
  const isRecord = place.service !== 'cdc' && partition !== null && originOffset !== null;
  const stage = textOf(headers[deadLetterHeaders.stage], NAME_CHARACTERS) || null;
  // two transforms may each have a letter of one record, and the sink a third: each is sent again for itself
  const owner = place.service === 'stream-transform' ? `${stage} ` : '';
  const origin = isRecord ? `${owner}${topic}/${partition}/${originOffset}` : own;
  return {
    ...{ service: place.service, topic_id: place.topicId, letter_partition: place.partition },
    ...{ letter_offset: offset, at_ms: isRecent ? timestampMs : nowMs, topic },
    ...{ partition, offset: originOffset, contract: known?.id ?? null },
    stage,
    code: textOf(headers[deadLetterHeaders.exceptionClass], NAME_CHARACTERS) || 'unknown',
    message: textOf(headers[deadLetterHeaders.exceptionMessage], MESSAGE_CHARACTERS),
    key_text: keyTextOf(record, known, (field) => known !== undefined && isClosed(known.id, field)),
    value_bytes: value?.length ?? 0,
    origin: place.service === 'cdc' && key !== null ? `${topic}#${key.toString('base64')}` : origin,
    // of a letter without it an older version did not know
    whole:
      place.service === 'stream-transform'
        ? textOf(headers[transformHeaders.whole], 10) === 'true'
        : null,
  };
};
