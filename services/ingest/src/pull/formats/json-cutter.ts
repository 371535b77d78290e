/**
 * Cuts the objects off a JSON document: an array of them, one alone, or one behind the other. The document is never
 * held as a whole. What is wrong inside an object costs that object; a document that ends too early is told.
 */
import { MillraceError } from '@millrace/contracts';
import { addJson } from './ndjson-cutter.ts';
import type { RecordCutter } from './text-batches.ts';

const QUOTE = 34;
const COMMA = 44;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const OPEN = 123;
const CLOSE = 125;
const LF = 10;

/** @param head the beginning of the text: an array must be closed */
export const createJsonCutter = (head: Buffer): RecordCutter => {
  const isArray = /^\uFEFF?\s*\[/.test(head.subarray(0, 1000).toString('utf8'));
  return {
    cut: (text, isLast, limit, into) => {
      let at = 0;
      while (into.values.length < limit) {
        const begin = skipBetween(text, at);
        // what stands before a value is taken with it: a position is behind a value, and the end of the array after it
        if (begin === text.length) {
          if (isLast && isArray && !text.includes(']', at)) throw cutOff();
          break;
        }
        const end = valueEnd(text, begin, isLast);
        if (end === -1) break;
        into.line += countLines(text, at, begin);
        addJson(text.slice(begin, end), into, into.line);
        into.line += countLines(text, begin, end);
        at = end;
      }
      return at;
    },
  };
};

const cutOff = (): MillraceError =>
  new MillraceError('ingest.part-unreadable', 'the JSON array is not closed: the file is cut off');

const skipBetween = (text: string, from: number): number => {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isBlank = code === 32 || (code >= 9 && code <= 13);
    if (!isBlank && code !== COMMA && code !== OPEN_ARRAY && code !== CLOSE_ARRAY) break;
  }
  return at;
};

/** Behind the value that begins here; -1 when its end is not there yet. */
const valueEnd = (text: string, from: number, isLast: boolean): number => {
  if (text.charCodeAt(from) !== OPEN) {
    let at = from;
    while (at < text.length && !/[,\]\s]/.test(text[at]!)) at += 1;
    return at < text.length || isLast ? at : -1;
  }
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === OPEN) depth += 1;
    else if (code === CLOSE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (code === QUOTE) {
      at = stringEnd(text, at + 1);
      if (at === -1) break;
    }
  }
  return isLast ? text.length : -1;
};

/** At the quote that closes the string; -1 when it is not there. */
const stringEnd = (text: string, from: number): number => {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return -1;
};

const countLines = (text: string, from: number, to: number): number => {
  let lines = 0;
  for (let at = from; at < to; at += 1) if (text.charCodeAt(at) === LF) lines += 1;
  return lines;
};
