/**
 * Text formats in common: plain text comes in chunks, records are cut off its front, and each batch knows the byte
 * and the line behind its last record. How a record is cut is the format's: csv.ts, ndjson.ts, json.ts.
 */
import { isAscii as asciiOf, isUtf8 as utf8Of } from 'node:buffer';
import { MillraceError } from '@millrace/contracts';
import type { PlacedObject } from '../places/place.ts';
import type { PartPosition, RowBatch, RowFault } from '../pull-source.ts';
import { byteOrderMarkBytes, openText, type TextCoding } from './open-text.ts';

/** Behind a record of a text. */
export interface TextPosition {
  /** Of the plain text. */
  readonly byte: number;
  /** That the next record begins on, from 1. */
  readonly line: number;
}

/** Takes records off the front of a text, which is given with one character a byte. */
export interface RecordCutter {
  /**
   * @param text what is there, latin1: a character a byte
   * @param isLast nothing comes behind it
   * @param limit records at most
   * @returns how many characters are done with; 0 rows and 0 characters: more is needed
   */
  cut(text: string, isLast: boolean, limit: number, into: CutRows): number;
}

/** What a cutter fills. */
export interface CutRows {
  readonly values: unknown[];
  readonly lines: number[];
  readonly faults: Map<number, RowFault>;
  /** Of the next record; the cutter moves it on. */
  line: number;
  /** The text is ASCII: no field needs decoding. */
  isAscii: boolean;
}

export interface TextReading {
  readonly object: PlacedObject;
  readonly coding: TextCoding;
  readonly from: PartPosition | undefined;
  readonly signal: AbortSignal;
  readonly batchRows: number;
  /** Text is cut in blocks of at least this. */
  readonly blockBytes?: number;
}

/** A record longer than this is refused; memory is bounded by it. */
export const recordBytesMax = 4 * 1024 * 1024;
/** Without the end of a record in it the part is given up. */
const heldBytesMax = 2 * recordBytesMax;
const blockBytesDefault = 256 * 1024;
/** Of a row that cannot be read, kept to be looked at. */
const faultTextMax = 1000;

/** @param first where records begin when nothing was read yet, e.g. behind a header */
export async function* textBatches(
  { object, coding, from, signal, batchRows, blockBytes = blockBytesDefault }: TextReading,
  first: TextPosition,
  cutter: RecordCutter,
): AsyncGenerator<RowBatch, void, void> {
  const start = (from as TextPosition | undefined) ?? first;
  let position = start;
  const chunks = blocks(openText(object, coding, start.byte, signal), blockBytes);
  let rest: Buffer = Buffer.alloc(0);
  for await (const { bytes, isLast } of chunks) {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const text = rest.toString('latin1');
    const isAscii = text.length === 0 || asciiOf(rest);
    let at = 0;
    for (;;) {
      const rows: CutRows = {
        values: [],
        lines: [],
        faults: new Map(),
        line: position.line,
        isAscii,
      };
      const taken = cutter.cut(at === 0 ? text : text.slice(at), isLast, batchRows, rows);
      if (taken === 0) break;
      at += taken;
      position = { byte: position.byte + taken, line: rows.line };
      yield {
        values: rows.values,
        lines: rows.lines,
        faults: rows.faults,
        at: { ...position },
        bytes: taken,
      };
    }
    rest = rest.subarray(at);
    if (rest.length > heldBytesMax)
      throw new MillraceError(
        'ingest.part-unreadable',
        `${object.title}: line ${position.line} begins a record of more than ${recordBytesMax} bytes`,
      );
  }
}

/** Where text begins that may have a byte order mark. */
export const textStart = (head: Buffer): TextPosition => ({
  byte: byteOrderMarkBytes(head),
  line: 1,
});

/** Chunks put together, and which one is the last. */
async function* blocks(
  chunks: AsyncIterable<Buffer>,
  blockBytes: number,
): AsyncGenerator<{ readonly bytes: Buffer; readonly isLast: boolean }, void, void> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    if (bytes >= blockBytes) {
      yield { bytes: Buffer.concat(held), isLast: false };
      held = [];
      bytes = 0;
    }
    held.push(chunk);
    bytes += chunk.length;
  }
  yield { bytes: Buffer.concat(held), isLast: true };
}

/** UTF-8 of what was cut as one character a byte; undefined when it is not UTF-8. */
export const decodeText = (latin1: string): string | undefined => {
  if (!highCharacter.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  return utf8Of(bytes) ? bytes.toString('utf8') : undefined;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
const highCharacter = /[^\x00-\x7f]/;

/** What is kept of a row that cannot be read. */
export const faultText = (latin1: string): string =>
  Buffer.from(latin1.slice(0, faultTextMax), 'latin1').toString('utf8').trimEnd();
