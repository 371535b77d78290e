/**
 * The data of CloudEvents as the events of one stream: JSON as it stands, bytes as their content type says. From here
 * on they are as any other events; what is wrong with one is told by its path from the envelope.
 */
import type { Outcome } from '@millrace/pipeline';
import { type AvroLimits, readDatum, readFile, readFramed } from '../body/avro-body.ts';
import { bodyText, parseJson } from '../body/json-body.ts';
import type { EventAttributes, EventFault, EventRequest, ParsedBody } from '../event-request.ts';
import { avroFormatOf } from '../http/media-type.ts';
import { type CloudEvent, isJsonType } from './structured.ts';

/** Where the data of each event stands in its envelope. */
const dataPath = '/data';

/** The events of a stream, in the order given. */
export const readEventData = async (
  events: readonly CloudEvent[],
  request: EventRequest,
  limits: AvroLimits,
): Promise<ParsedBody> => {
  const values: unknown[] = [];
  const datums: (Buffer | undefined)[] = [];
  const attributes: (EventAttributes | undefined)[] = [];
  const unreadable = new Map<number, EventFault>();
  for (const [index, event] of events.entries()) {
    const read =
      'problems' in event
        ? brokenEvent(event.problems)
        : await readOne(event.data, request, limits);
    if ('code' in read) unreadable.set(index, read);
    values.push('value' in read ? read.value : undefined);
    datums.push('datum' in read ? read.datum : undefined);
    const { id } = event as { readonly id?: string };
    attributes.push(
      'attributes' in event ? event.attributes : id === undefined ? undefined : { id },
    );
  }
  return { values, datums, attributes, unreadable, dataPath };
};

const brokenEvent = (problems: NonNullable<EventFault['problems']>): EventFault => ({
  code: 'ingest.cloud-event-invalid',
  message: problems.length === 1 ? problems[0]!.message : `${problems.length} problems`,
  problems,
});

type ReadEvent = { readonly value: unknown; readonly datum?: Buffer | undefined } | EventFault;
type Data = Exclude<CloudEvent, { problems: unknown }>['data'];

const readOne = async (
  data: Data,
  request: EventRequest,
  limits: AvroLimits,
): Promise<ReadEvent> => {
  if (data.kind === 'json') return { value: data.value };
  const { contentType, bytes } = data;
  if (isJsonType(contentType)) {
    const text = bodyText(bytes);
    return asEvent(text.kind === 'ok' ? parseJson(text.value) : text, (value) => ({ value }));
  }
  const format = avroFormatOf(contentType);
  if (format === undefined)
    return {
      code: 'ingest.media-type-unsupported',
      message: `/datacontenttype: ${contentType.slice(0, 60)} is neither JSON nor Avro`,
    };
  const inner = { ...request, body: bytes };
  const outcome =
    format === 'avro-file'
      ? await readFile(inner, limits)
      : await (format === 'avro-datum' ? readDatum : readFramed)(inner);
  return asEvent(outcome, onlyEvent);
};

const asEvent = <Value>(outcome: Outcome<Value>, read: (value: Value) => ReadEvent): ReadEvent => {
  if (outcome.kind === 'ok') return read(outcome.value);
  const { code, reason } = outcome as { code: EventFault['code']; reason: string };
  return { code, message: `${dataPath}: ${reason}` };
};

const onlyEvent = ({ values, datums, unreadable }: ParsedBody): ReadEvent => {
  if (values.length !== 1)
    return {
      code: 'ingest.cloud-event-invalid',
      message: `${dataPath}: an event holds one record, and the file has ${values.length}`,
    };
  const fault = unreadable.get(0);
  return fault === undefined ? { value: values[0], datum: datums?.[0] } : underData(fault);
};

/** A fault of the data as one of the event: its paths begin at the envelope. */
export const underData = (fault: EventFault): EventFault => ({
  ...fault,
  ...(fault.problems === undefined
    ? {}
    : {
        problems: fault.problems.map(({ path, rule, message }) => ({
          path: `${dataPath}${path}`,
          rule,
          message: `${dataPath}${path === '' ? ' ' : ''}${message}`,
        })),
      }),
});
