/**
 * Bodies of text: JSON, NDJSON, and text that may be either. A broken JSON body is refused as a whole, for nothing in
 * it can be trusted; a broken line of NDJSON is refused alone. What is decided where JSON's grammar leaves it open: of
 * two members of one name the last counts, as in every JavaScript engine; a byte order mark in front is passed over.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { deadLetter, type Outcome, ok } from '@millrace/pipeline';
import type { EventFault, ParsedBody } from '../event-request.ts';
import { jsonFault } from '../json-fault.ts';
import { emptyBody, tooManyEvents } from './refusals.ts';

/** The text of a body without its byte order mark. Refuses what is not UTF-8, and what is blank. */
export const bodyText = (body: Buffer): Outcome<string> => {
  // Most of it is ASCII, which is UTF-8, too.
  const isPlain = isAscii(body);
  if (!isPlain && !isUtf8(body))
    return deadLetter('ingest.text-invalid', 'The body is not valid UTF-8.');
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
  const text = isPlain ? body.toString('latin1') : body.toString('utf8', start);
  return text.trim() === '' ? emptyBody('The body holds no event.') : ok(text);
};

const nothing: ReadonlyMap<number, EventFault> = new Map();

/** One value, or the elements of an array; `whole`: an array is one value, too. */
export const readJson = (text: string, whole = false): Outcome<ParsedBody> => {
  const parsed = parseJson(text);
  if (parsed.kind !== 'ok') return parsed;
  const { value } = parsed;
  return ok({ values: Array.isArray(value) && !whole ? value : [value], unreadable: nothing });
};

export const parseJson = (text: string): Outcome<unknown> => {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch (error) {
    return deadLetter('ingest.json-invalid', jsonFault(text, error));
  }
};

/** One value a line. */
export const readLines = (text: string, eventsMax: number): Outcome<ParsedBody> => {
  const values: unknown[] = [];
  const unreadable = new Map<number, EventFault>();
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
      const message = jsonFault(line, error, lineNumber);
      unreadable.set(values.length, { code: 'ingest.json-invalid', message });
      values.push(undefined);
    }
    if (values.length > eventsMax) return tooManyEvents(eventsMax);
  }
  return ok({ values, unreadable });
};

/** NDJSON when the first line is a value by itself and more follows it; else JSON. */
export const readText = (text: string, eventsMax: number): Outcome<ParsedBody> => {
  const [first = '', ...others] = text.trim().split('\n', 2);
  return others.length > 0 && parseJson(first).kind === 'ok'
    ? readLines(text, eventsMax)
    : readJson(text);
};
