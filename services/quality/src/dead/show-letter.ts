/** `GET /dead-letters/<id>`: a letter of a service out of the index and from Kafka, or a rejected event out of ClickHouse. */
import { MillraceError } from '@millrace/contracts';
import { readRejected } from '@millrace/dead-letters';
import type { DeadLetterContent } from '@millrace/operations';
import type { PartContext } from '../part.ts';
import type { IndexContext } from './index-letters.ts';
import { contentOf, maskedJson, parseLetterId, readLetter } from './letter-content.ts';
import { letterRow } from './letter-row.ts';
import { findLetters, type IndexedLetter } from './read-letters.ts';

export type ShowContext = IndexContext & Pick<PartContext, 'admin' | 'connection' | 'registry'>;

const GONE = 'Kafka does not hold the letter any more: what is known of it is in the index alone.';

const unknown = (id: string) =>
  new MillraceError('operations.unknown', `There is no dead letter ${id}.`);

const shown = ({ origin: _, topicId: __, whole: ___, ...letter }: IndexedLetter) => letter;

/** Rejects with `operations.unknown`, and as Kafka, registry and ClickHouse do. */
export const showLetter = async (context: ShowContext, id: string): Promise<DeadLetterContent> => {
  const { admin, clickhouse, connection, registry } = context;
  const [indexed] = await findLetters(clickhouse, {
    ...{ filter: {}, ids: [id], order: 'newest', most: 1 },
  });
  if (id.startsWith('ingest:')) {
    if (indexed === undefined) throw unknown(id);
    return { ...shown(indexed), ...(await rejectedContent(context, id.slice('ingest:'.length))) };
  }
  const place = parseLetterId(id);
  if (place === undefined) throw unknown(id);
  const record = await readLetter(connection, place);
  if (record === undefined) {
    if (indexed === undefined) throw unknown(id);
    const nothing = { headers: [], key: null, value: null, decoded: null };
    return { ...shown(indexed), ...nothing, undecodedReason: GONE };
  }
  const topicId = await admin.topicId(`dead.${place.service}`);
  const {
    at_ms: atMs,
    key_text: keyText,
    value_bytes: valueBytes,
    ...row
  } = letterRow(
    { service: place.service, topicId, partition: place.partition },
    record,
    context.stream,
    context.isClosed,
    context.clock.nowMs(),
  );
  const { service, topic, partition, offset, contract, stage, code, message } = row;
  const fresh = {
    ...{ id, service, topic, partition, offset, contract, stage, code, message },
    ...{ atMs, keyText, valueBytes, redrives: 0, redrivenAtMs: null },
  };
  const isClosed = (field: string) => contract !== null && context.isClosed(contract, field);
  return {
    ...(indexed?.topicId === topicId ? shown(indexed) : fresh),
    ...(await contentOf(record, registry, isClosed)),
  };
};

const rejectedContent = async (
  { clickhouse, isClosed }: ShowContext,
  rejectionId: string,
): Promise<
  Pick<DeadLetterContent, 'headers' | 'key' | 'value' | 'decoded' | 'undecodedReason' | 'message'>
> => {
  const event = await readRejected(clickhouse, rejectionId);
  if (event === undefined) throw unknown(`ingest:${rejectionId}`);
  const { contentBase64, message, stream, ...told } = event;
  const headers = Object.entries(told)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ({ name, text: String(value) }));
  try {
    const value: unknown = JSON.parse(Buffer.from(contentBase64, 'base64').toString('utf8'));
    const decoded = maskedJson(value, (field) => isClosed(stream, field));
    return { headers, message, key: null, value: contentBase64, decoded, undecodedReason: null };
  } catch {
    const undecodedReason = `The content is no JSON (${event.mediaType}).`;
    return { headers, message, key: null, value: contentBase64, decoded: null, undecodedReason };
  }
};
