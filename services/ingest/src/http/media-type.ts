/** The content types that the door takes; one place, for the parsers, for the pipeline and for the API's docs. */
import type { BodyFormat } from '../event-request.ts';

const formats = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'text/plain': 'text',
  'application/cloudevents+json': 'cloud-event',
  'application/cloudevents-batch+json': 'cloud-events',
  'application/avro': 'avro-file',
  'application/vnd.confluent.avro': 'avro-framed',
  'avro/binary': 'avro-datum',
} as const satisfies Readonly<Record<string, BodyFormat>>;

const byMediaType: ReadonlyMap<string, BodyFormat> = new Map(Object.entries(formats));

export type MediaType = keyof typeof formats;
export const mediaTypes = Object.keys(formats) as readonly MediaType[];

const essenceOf = (contentType: string | undefined): string =>
  contentType?.split(';')[0]?.trim().toLowerCase() ?? '';

/** How the body of an accepted content type is to be read. */
export const formatOf = (contentType: string | undefined): BodyFormat =>
  byMediaType.get(contentType ?? '') ?? byMediaType.get(essenceOf(contentType)) ?? 'json';

const plainTexts: ReadonlySet<string> = new Set(
  Object.entries(formats)
    .filter(([, format]) => format === 'json' || format === 'ndjson')
    .flatMap(([name]) =>
      [name, `${name}; charset=utf-8`, `${name};charset=utf-8`].flatMap((text) => [
        text,
        text.replace('utf', 'UTF'),
      ]),
    ),
);

/** JSON or NDJSON, written as nearly every client writes it. */
export const isPlainText = (contentType: string | undefined): boolean =>
  plainTexts.has(contentType ?? '');

/** How bytes of Avro are to be read; undefined for a content type that is none of them. */
export const avroFormatOf = (
  contentType: string,
): 'avro-file' | 'avro-framed' | 'avro-datum' | undefined => {
  const format = formatOf(contentType);
  return format === 'avro-file' || format === 'avro-framed' || format === 'avro-datum'
    ? format
    : undefined;
};

/** False when the content type names a charset other than UTF-8 (US-ASCII is a part of it). */
export const isUtf8ContentType = (contentType: string): boolean => {
  if (!contentType.includes(';')) return true;
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset);
};
