/**
 * Bodies of Avro: one datum, framed or bare, or a container file of many. What breaks the bytes themselves refuses a
 * file as a whole, as broken JSON does, since nothing behind it can be trusted; what a record holds is refused alone.
 */
import {
  containerCodecs,
  expandBlock,
  FRAME_HEADER_BYTES,
  frameSchemaId,
  type JsonProblem,
  openContainer,
} from '@millrace/avro';
import { type ErrorCode, MillraceError } from '@millrace/contracts';
import { deadLetter, type Outcome, ok } from '@millrace/pipeline';
import type { WriterSchema } from '../avro/writer-schema.ts';
import type { EventFault, EventRequest, ParsedBody } from '../event-request.ts';
import { avroInvalid, emptyBody, tooManyEvents } from './refusals.ts';

export interface AvroLimits {
  readonly eventsMax: number;
  /** Bytes that the blocks of a file may expand to. */
  readonly bodyBytesMax: number;
}

/** A datum of the contract's own schema, without a header. */
export const readDatum = ({ body, stream }: EventRequest): Outcome<ParsedBody> =>
  body.length === 0 ? emptyBody('The body holds no datum.') : single(stream.avro.own(), body, 0);

/** A datum behind the five bytes of the Confluent wire format; its schema is the registry's to know. */
export const readFramed = async ({ body, stream }: EventRequest): Promise<Outcome<ParsedBody>> => {
  const schemaId = frameSchemaId(body);
  if (schemaId === undefined)
    return avroInvalid(
      'The body does not begin with a zero byte and the four bytes of a schema id above zero.',
    );
  return explained(async () =>
    single(await stream.avro.registered(schemaId), body, FRAME_HEADER_BYTES),
  );
};

const single = (schema: WriterSchema, body: Buffer, start: number): Outcome<ParsedBody> => {
  const reading = createReading();
  const { end, problems } = schema.inspect(body, start, body.length);
  if (end >= 0 && end < body.length) {
    const message = `the record: ${body.length - end} bytes follow the datum, which ends at byte ${end}`;
    reading.refuse([...problems, { path: '', rule: 'bytes', message }]);
  } else if (problems.length > 0) reading.refuse(problems);
  else reading.take(schema, body, start, end);
  return ok(reading.parsed());
};

/** An object container file. */
export const readFile = (
  { body, stream, room }: EventRequest,
  limits: AvroLimits,
): Promise<Outcome<ParsedBody>> =>
  explained(async () => {
    const file = openContainer(body);
    const schema = stream.avro.foreign(file.schemaText);
    const reading = createReading();
    let bytesLeft = limits.bodyBytesMax;
    let block = 0;
    for (const { count, body: compressed } of file.blocks()) {
      block += 1;
      if (count > limits.eventsMax - reading.count()) return tooManyEvents(limits.eventsMax);
      const datums = expandBlock(file.codec, compressed, bytesLeft);
      bytesLeft -= datums.length;
      if (datums !== compressed && room?.grow(datums.length) === false)
        return deadLetter('ingest.queue-full', 'There is no room for what the file expands to.');
      const fault = readBlock(reading, schema, datums, count);
      if (fault !== undefined) return avroInvalid(`Block ${block}${fault}.`);
    }
    return reading.count() === 0 ? emptyBody('The file holds no record.') : ok(reading.parsed());
  });

/** What breaks the block, as the rest of a sentence. */
const readBlock = (
  reading: Reading,
  schema: WriterSchema,
  datums: Buffer,
  count: number,
): string | undefined => {
  let at = 0;
  for (let record = 1; record <= count; record += 1) {
    const { end, problems } = schema.inspect(datums, at, datums.length);
    if (end < 0) return `, record ${record} of ${count}: ${problems.at(-1)?.message}`;
    if (problems.length > 0) reading.refuse(problems);
    else reading.take(schema, datums, at, end);
    at = end;
  }
  return at < datums.length
    ? `: ${datums.length - at} bytes follow its ${count} records`
    : undefined;
};

interface Reading {
  count(): number;
  take(schema: WriterSchema, bytes: Buffer, start: number, end: number): void;
  refuse(problems: readonly JsonProblem[]): void;
  parsed(): ParsedBody;
}

const createReading = (): Reading => {
  const values: unknown[] = [];
  const datums: (Buffer | undefined)[] = [];
  const unreadable = new Map<number, EventFault>();
  const refuse = (problems: readonly JsonProblem[]) => {
    const [first] = problems;
    const message = problems.length === 1 ? first!.message : `${problems.length} problems`;
    unreadable.set(values.length, { code: 'ingest.event-invalid', message, problems });
    values.push(undefined);
    datums.push(undefined);
  };
  return {
    count: () => values.length,
    take: (schema, bytes, start, end) => {
      const taken = schema.take(bytes, start, end);
      if ('problems' in taken) return refuse(taken.problems);
      values.push(taken.value);
      datums.push(taken.datum);
    },
    refuse,
    parsed: () => ({ values, datums, unreadable }),
  };
};

/** Errors of schemas and files are the sender's to hear of; any other is a bug. */
const explained = async (
  read: () => Promise<Outcome<ParsedBody>>,
): Promise<Outcome<ParsedBody>> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    const code = codes[error.code as keyof typeof codes] as ErrorCode | undefined;
    if (code === undefined) throw error;
    return deadLetter(code, sentence(error.message));
  }
};

const codes = {
  'avro.container-invalid': 'ingest.avro-invalid',
  'avro.container-too-large': 'ingest.body-too-large',
  'avro.datum-invalid': 'ingest.avro-invalid',
  'ingest.schema-unknown': 'ingest.schema-unknown',
  'ingest.schema-incompatible': 'ingest.schema-incompatible',
  'ingest.registry-unavailable': 'ingest.registry-unavailable',
} as const satisfies Partial<Record<ErrorCode, ErrorCode>>;

const sentence = (message: string): string =>
  `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;

/** The codecs that files may use, for the docs of the API. */
export const fileCodecs: readonly string[] = containerCodecs;
