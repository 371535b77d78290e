/**
 * CloudEvents in JSON, one or a batch: the envelope of each is read and checked alone, so that one broken event leaves
 * the others be. Its data waits until its stream is known. Source: CloudEvents JSON event format 1.0.2.
 */
import type { JsonProblem } from '@millrace/avro';
import { deadLetter, type Outcome, ok } from '@millrace/pipeline';
import { bodyText, parseJson } from '../body/json-body.ts';
import { emptyBody, tooManyEvents } from '../body/refusals.ts';
import type { EventAttributes } from '../event-request.ts';
import { readAttributes } from './attributes.ts';

export type CloudEvent = ReadCloudEvent | BrokenCloudEvent;

export interface ReadCloudEvent {
  readonly attributes: EventAttributes;
  readonly data: CloudEventData;
}

export type CloudEventData =
  | { readonly kind: 'json'; readonly value: unknown }
  /** Bytes of the content type, out of base64. */
  | { readonly kind: 'binary'; readonly bytes: Buffer; readonly contentType: string };

export interface BrokenCloudEvent {
  readonly id?: string;
  readonly problems: readonly JsonProblem[];
}

/** The events of a body: `cloud-event` is one object, `cloud-events` an array of them. */
export const readCloudEvents = (
  body: Buffer,
  format: 'cloud-event' | 'cloud-events',
  eventsMax: number,
): Outcome<readonly CloudEvent[]> => {
  const text = bodyText(body);
  if (text.kind !== 'ok') return text;
  const parsed = parseJson(text.value);
  if (parsed.kind !== 'ok') return parsed;
  if (format === 'cloud-event') return ok([readCloudEvent(parsed.value)]);
  if (!Array.isArray(parsed.value))
    return deadLetter('ingest.cloud-event-invalid', 'A batch of CloudEvents is an array.');
  if (parsed.value.length === 0) return emptyBody('The batch holds no event.');
  if (parsed.value.length > eventsMax) return tooManyEvents(eventsMax);
  return ok(parsed.value.map(readCloudEvent));
};

/** One event out of what was JSON. */
export const readCloudEvent = (value: unknown): CloudEvent => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { problems: [problem('', 'type', 'the event', 'a CloudEvent is an object')] };
  const attributes = new Map<string, unknown>();
  // An attribute that is null is one that is not there.
  for (const [name, member] of Object.entries(value))
    if (name !== 'data' && name !== 'data_base64' && member !== null) attributes.set(name, member);
  const reading = readAttributes(attributes);
  const data = readData(
    value as Members,
    'contentType' in reading ? reading.contentType : undefined,
  );
  if ('problems' in reading)
    return { ...reading, problems: [...reading.problems, ...('path' in data ? [data] : [])] };
  const { id } = reading.attributes;
  if ('path' in data) return { problems: [data], ...(id === undefined ? {} : { id }) };
  return { attributes: reading.attributes, data };
};

interface Members {
  readonly data?: unknown;
  readonly data_base64?: unknown;
}

const jsonType = /^(application|text)\/(json|[\w.-]+\+json)$/i;

/** A JSON media type, as CloudEvents' JSON format knows it. */
export const isJsonType = (contentType: string): boolean =>
  jsonType.test(contentType.split(';')[0]!.trim());

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

const readData = (
  { data, data_base64: encoded }: Members,
  contentType = 'application/json',
): CloudEventData | JsonProblem => {
  if (encoded !== undefined && encoded !== null) {
    if (data !== undefined && data !== null)
      return problem('/data_base64', 'format', '/data_base64', 'an event has data or data_base64');
    if (typeof encoded !== 'string' || encoded.length % 4 !== 0 || !base64.test(encoded))
      return problem('/data_base64', 'format', '/data_base64', 'expected base64 text with padding');
    const bytes = Buffer.from(encoded, 'base64');
    return { kind: 'binary', bytes, contentType };
  }
  if (data === undefined) return problem('/data', 'missing', '/data', 'the event has no data');
  if (!isJsonType(contentType))
    return problem('/data', 'type', '/data', `data that is no JSON comes as data_base64`);
  return { kind: 'json', value: data };
};

const problem = (
  path: string,
  rule: JsonProblem['rule'],
  where: string,
  what: string,
): JsonProblem => ({ path, rule, message: `${where}: ${what}` });
