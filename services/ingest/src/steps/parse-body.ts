/** Step: bytes to events, by what the content type says they are. The readers are in body/ and cloud-events/. */
import { deadLetter, type Outcome, ok } from '@millrace/pipeline';
import { type AvroLimits, readDatum, readFile, readFramed } from '../body/avro-body.ts';
import { bodyText, readJson, readLines, readText } from '../body/json-body.ts';
import { emptyBody, tooManyEvents } from '../body/refusals.ts';
import { readEventData } from '../cloud-events/event-data.ts';
import { readCloudEvents } from '../cloud-events/structured.ts';
import type { EventRequest, ParsedBody } from '../event-request.ts';

/**
 * Reads a body. A request that is a CloudEvent in binary mode holds one event, and an array in it is data like any
 * other. Waits only for Avro whose schema has to be asked for.
 */
export const createParseBodyStep = (limits: AvroLimits) =>
  function parseBody(request: EventRequest): Outcome<ParsedBody> | Promise<Outcome<ParsedBody>> {
    const parsed = read(request, limits);
    return parsed instanceof Promise
      ? parsed.then((outcome) => checked(outcome, request, limits))
      : checked(parsed, request, limits);
  };

const read = (
  request: EventRequest,
  limits: AvroLimits,
): Outcome<ParsedBody> | Promise<Outcome<ParsedBody>> => {
  switch (request.format) {
    case 'json':
    case 'ndjson':
    case 'text':
      return readTextBody(request, limits.eventsMax);
    case 'avro-datum':
      return readDatum(request);
    case 'avro-framed':
      return readFramed(request);
    case 'avro-file':
      return readFile(request, limits);
    case 'cloud-event':
    case 'cloud-events':
      return readEnvelopes(request, request.format, limits);
  }
};

const readTextBody = (request: EventRequest, eventsMax: number): Outcome<ParsedBody> => {
  const text = bodyText(request.body);
  if (text.kind !== 'ok') return text;
  if (request.format === 'ndjson') return readLines(text.value, eventsMax);
  if (request.format === 'text') return readText(text.value, eventsMax);
  return readJson(text.value, request.cloudEvent === true);
};

const readEnvelopes = async (
  request: EventRequest,
  format: 'cloud-event' | 'cloud-events',
  limits: AvroLimits,
): Promise<Outcome<ParsedBody>> => {
  const events = readCloudEvents(request.body, format, limits.eventsMax);
  return events.kind === 'ok' ? ok(await readEventData(events.value, request, limits)) : events;
};

const checked = (
  parsed: Outcome<ParsedBody>,
  { cloudEvent }: EventRequest,
  { eventsMax }: AvroLimits,
): Outcome<ParsedBody> => {
  if (parsed.kind !== 'ok') return parsed;
  const count = parsed.value.values.length;
  if (count === 0) return emptyBody('The array holds no event.');
  if (count > eventsMax) return tooManyEvents(eventsMax);
  if (cloudEvent && count > 1)
    return deadLetter('ingest.cloud-event-invalid', `A CloudEvent is one event, not ${count}.`);
  return parsed;
};
