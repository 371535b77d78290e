/** Cuts JSON values off a text with one value a line (NDJSON). */
import { isUtf8 } from 'node:buffer';
import { jsonFault } from '../../json-fault.ts';
import { type CutRows, faultText, type RecordCutter } from './text-batches.ts';

/** A line that is no JSON is a fault of its own; blank lines are none. */
export const createNdjsonCutter = (): RecordCutter => ({
  cut: (text, isLast, limit, into) => {
    let at = 0;
    while (at < text.length && into.values.length < limit) {
      const lineEnd = text.indexOf('\n', at);
      if (lineEnd === -1 && !isLast) break;
      const end = lineEnd === -1 ? text.length : lineEnd;
      addJson(text.slice(at, end), into, into.line);
      into.line += 1;
      at = lineEnd === -1 ? end : end + 1;
    }
    return at;
  },
});

/** Adds a value, or why it is none. @param latin1 with one character a byte */
export const addJson = (latin1: string, into: CutRows, line: number): void => {
  const bytes = into.isAscii ? undefined : Buffer.from(latin1, 'latin1');
  if (bytes !== undefined && !isUtf8(bytes)) {
    addFault(latin1, into, line, 'ingest.text-invalid', 'The row is not valid UTF-8.');
    return;
  }
  const text = bytes?.toString('utf8') ?? latin1;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (text.trim() === '') return;
    addFault(latin1, into, line, 'ingest.json-invalid', jsonFault(text, error, line));
    return;
  }
  into.values.push(value);
  into.lines.push(line);
};

const addFault = (
  latin1: string,
  into: CutRows,
  line: number,
  code: 'ingest.text-invalid' | 'ingest.json-invalid',
  message: string,
): void => {
  into.faults.set(into.values.length, { code, message, text: faultText(latin1) });
  into.values.push(undefined);
  into.lines.push(line);
};
