/**
 * One event of a body as it came, byte for byte: a value that was read and written anew is another (1.0, 1e3, a
 * 64-bit integer, a member given twice). Called for what is rejected alone, so it may take its time.
 */
export interface EventBytes {
  readonly content: Buffer;
  /** Under which the content can be sent again by itself. */
  readonly mediaType: string;
}

/** What is looked at of a request and its body. */
export interface ReceivedBody {
  readonly body: Buffer;
  readonly format: string;
  readonly values: readonly unknown[];
  /** Events that came as Avro, framed, by index. */
  readonly datums?: readonly (Buffer | undefined)[];
}

const mediaTypes: Readonly<Record<string, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  text: 'text/plain',
  'avro-file': 'application/avro',
  'avro-framed': 'application/vnd.confluent.avro',
  'avro-datum': 'avro/binary',
  'cloud-event': 'application/cloudevents+json',
  'cloud-events': 'application/cloudevents-batch+json',
};

/** A body whole, as it could be sent again. */
export const bodyBytes = ({ body, format }: Pick<ReceivedBody, 'body' | 'format'>): EventBytes => ({
  content: body,
  mediaType: mediaTypes[format] ?? 'application/octet-stream',
});

/** The bytes of each event by its index. The body was readable: it is cut where events end, and not checked again. */
export const eventBytes = (received: ReceivedBody): ((index: number) => EventBytes) => {
  const { body, format, values, datums } = received;
  if (format === 'ndjson' || (format === 'text' && values.length > 1 && !isJsonArray(body))) {
    const lines = linesOf(body);
    return (index) => ({ content: lines[index] ?? body, mediaType: 'application/json' });
  }
  if (format === 'cloud-events' || (isJsonArray(body) && format !== 'avro-file')) {
    const elements = elementsOf(body);
    const mediaType = format === 'cloud-events' ? mediaTypes['cloud-event']! : 'application/json';
    return (index) => ({ content: elements[index] ?? body, mediaType });
  }
  if (values.length === 1) return () => bodyBytes(received);
  // Of a file with a block of many: the datum, or what it says.
  return (index) => {
    const datum = datums?.[index];
    if (datum !== undefined) return { content: datum, mediaType: mediaTypes['avro-framed']! };
    const text = JSON.stringify(values[index], (_key, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    return { content: Buffer.from(text ?? 'null'), mediaType: 'application/json' };
  };
};

const byteOf = (character: string): number => character.charCodeAt(0);
const quote = byteOf('"');
const backslash = byteOf('\\');
const comma = byteOf(',');
const opening = [byteOf('['), byteOf('{')];
const closing = [byteOf(']'), byteOf('}')];
const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

const firstByte = (body: Buffer): number => {
  let at = body.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  while (isSpace(body[at])) at += 1;
  return at;
};

const isJsonArray = (body: Buffer): boolean => body[firstByte(body)] === opening[0];

const trimmed = (body: Buffer, from: number, to: number): Buffer => {
  let start = from;
  let end = to;
  while (start < end && isSpace(body[start])) start += 1;
  while (end > start && isSpace(body[end - 1])) end -= 1;
  return body.subarray(start, end);
};

/** The elements of a JSON array that has been read before. */
const elementsOf = (body: Buffer): readonly Buffer[] => {
  const elements: Buffer[] = [];
  let depth = 0;
  let start = 0;
  for (let at = firstByte(body); at < body.length; at += 1) {
    const byte = body[at]!;
    if (byte === quote) at = stringEnd(body, at);
    else if (opening.includes(byte)) {
      depth += 1;
      if (depth === 1) start = at + 1;
    } else if (byte === comma && depth === 1) {
      elements.push(trimmed(body, start, at));
      start = at + 1;
    } else if (closing.includes(byte)) {
      depth -= 1;
      if (depth > 0) continue;
      const last = trimmed(body, start, at);
      if (last.length > 0) elements.push(last);
      break;
    }
  }
  return elements;
};

const stringEnd = (body: Buffer, from: number): number => {
  let at = from + 1;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
};

/** The lines that are events; a blank one is none. */
const linesOf = (body: Buffer): readonly Buffer[] => {
  const lines: Buffer[] = [];
  let start = body.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  while (start < body.length) {
    const newline = body.indexOf(0x0a, start);
    const end = newline === -1 ? body.length : newline;
    const line = trimmed(body, start, end);
    if (line.length > 0) lines.push(line);
    start = end + 1;
  }
  return lines;
};
