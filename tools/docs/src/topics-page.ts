import {
  type Contract,
  changeTopic,
  cloudEventHeaders,
  deadLetterHeaders,
  deadTopic,
  eventTopic,
  internalTopic,
  keySubject,
  valueSubject,
} from '@millrace/contracts';
import { code, page, table } from './markdown.ts';

/** docs/reference/topics.md: how topics and subjects are named, what headers they carry, and the example's own. */
export const topicsPage = (contracts: readonly Contract[]): string =>
  page(
    'Topics',
    '`packages/contracts/src/topics.ts`, `headers.ts` and the contracts under `schemas/`',
    [
      names,
      headers('Event headers', 'CloudEvents in binary mode, on every event.', cloudEventHeaders),
      headers(
        'Dead letter headers',
        "Kafka Connect's names; key and value are the record's exact bytes.",
        deadLetterHeaders,
      ),
      streams(contracts),
    ],
  );

const names = `## Names

${table(
  ['Topic', 'What is in it'],
  [
    [code(eventTopic('<domain>', '<name>')), 'What producers send over HTTP.'],
    [
      code(changeTopic('<source>', 'schema', 'table').replace('schema.table', '<schema>.<table>')),
      "One table's row changes.",
    ],
    [code(deadTopic('<service>')), 'What a service could not process.'],
    [code(internalTopic('<name>')), "The platform's own state; no interface."],
  ],
)}
Values are Avro in the Confluent wire format: a zero byte, the schema id (4 bytes, big endian), the datum. Subjects are ${code(valueSubject('<topic>'))} and ${code(keySubject('<topic>'))}.`;

const headers = (
  title: string,
  text: string,
  byMeaning: Readonly<Record<string, string>>,
): string =>
  `## ${title}\n\n${text}\n\n${table(
    ['Header', 'Meaning'],
    Object.entries(byMeaning).map(([meaning, header]) => [code(header), words(meaning)]),
  )}`;

/** `exceptionClass` → `exception class`. */
const words = (camelCase: string): string =>
  camelCase.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const streams = (contracts: readonly Contract[]): string =>
  `## The example's streams\n\n${table(
    ['Contract', 'Topic', 'Partitions', 'Retention', 'Key', 'Warehouse'],
    contracts.map(({ id, topic, key, warehouse }) => [
      code(id),
      code(topic.name),
      String(topic.partitions),
      topic.cleanupPolicy === 'compact' ? 'compacted' : retention(topic.retentionMs),
      key.length === 0 ? 'none' : key.map(code).join(', '),
      warehouse === undefined ? 'none' : `${warehouse.role} ${code(warehouse.view)}`,
    ]),
  )}`;

const DAY_MS = 86_400_000;

function retention(retentionMs: number): string {
  if (retentionMs < 0) return 'for ever';
  return retentionMs % DAY_MS === 0
    ? `${retentionMs / DAY_MS} days`
    : `${retentionMs / 3_600_000} hours`;
}
