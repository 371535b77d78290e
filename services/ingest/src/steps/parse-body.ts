import { isAscii, isUtf8 } from 'node:buffer';
import { deadLetter, type Outcome, ok, type SyncStep } from '@millrace/pipeline';
import type { EventRequest, ParsedBody } from '../event-request.ts';
import { jsonFault } from '../json-fault.ts';

/**
 * Bytes to JSON values. A broken JSON body is refused as a whole, for nothing in it can be trusted; a broken
 * line of NDJSON is refused alone.
 */
export const createParseBodyStep = (limits: {
  readonly eventsMax: number;
}): SyncStep<EventRequest, ParsedBody> =>
  function parseBody({ body, format }) {
    if (!isUtf8(body)) return deadLetter('ingest.text-invalid', 'The body is not valid UTF-8.');
    const text = body.toString(isAscii(body) ? 'latin1' : 'utf8');
    if (text.trim() === '') return deadLetter('ingest.body-empty', 'The body holds no event.');
    const parsed = format === 'json' ? parseJson(text) : parseLines(text, limits.eventsMax);
    if (parsed.kind !== 'ok') return parsed;
    const count = parsed.value.values.length;
    if (count === 0) return deadLetter('ingest.body-empty', 'The array holds no event.');
    if (count > limits.eventsMax) return tooMany(limits.eventsMax);
    return parsed;
  };

const parseJson = (text: string): Outcome<ParsedBody> => {
  try {
    const value: unknown = JSON.parse(text);
    return ok({ values: Array.isArray(value) ? value : [value], unreadable: new Map() });
  } catch (error) {
    return deadLetter('ingest.json-invalid', jsonFault(text, error));
  }
};

const parseLines = (text: string, eventsMax: number): Outcome<ParsedBody> => {
  const values: unknown[] = [];
  const unreadable = new Map<number, string>();
  let lineNumber = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const line = text.slice(start, end);
    start = end + 1;
    lineNumber += 1;
    try {
      values.push(JSON.parse(line));
    } catch (error) {
      // A blank line is no event: the one after the last newline, or a lone carriage return.
      if (line.trim() === '') continue;
      unreadable.set(values.length, jsonFault(line, error, lineNumber));
      values.push(undefined);
    }
    if (values.length > eventsMax) return tooMany(eventsMax);
  }
  return ok({ values, unreadable });
};

const tooMany = (eventsMax: number) =>
  deadLetter('ingest.too-many-events', `A request may hold ${eventsMax} events.`);
