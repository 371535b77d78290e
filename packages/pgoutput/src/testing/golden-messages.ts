/** The messages that a real server sent (fixtures/capture.ts), and a handler that writes down its calls. */
import { readFileSync } from 'node:fs';
import type { MessageHandler } from '../messages.ts';
import { type Tuple, valueKind } from '../tuple.ts';

export const goldenMessages = (): readonly Buffer[] => {
  const file = new URL('../../fixtures/pgoutput.json', import.meta.url);
  const document = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly messages: readonly string[];
  };
  return document.messages.map((hex) => Buffer.from(hex, 'hex'));
};

/** A tuple as values: text, null, or the word `unchanged` as a symbol. */
export const valuesOf = (tuple: Tuple): readonly (string | null | symbol)[] =>
  Array.from({ length: tuple.columnCount }, (_, i) => {
    if (tuple.kinds[i] === valueKind.null) return null;
    if (tuple.kinds[i] === valueKind.unchanged) return Symbol.for('unchanged');
    const start = tuple.starts[i] as number;
    return tuple.bytes.toString('utf8', start, start + (tuple.lengths[i] as number));
  });

export type Call = readonly [name: string, ...values: readonly unknown[]];

/** Calls in order; tuples are turned into values at once, since they are reused. */
export const recordingHandler = (): {
  readonly calls: Call[];
  readonly handler: MessageHandler;
} => {
  const calls: Call[] = [];
  const note =
    (name: string) =>
    (...values: readonly unknown[]): void => {
      calls.push([name, ...values]);
    };
  return {
    calls,
    handler: {
      begin: note('begin'),
      commit: note('commit'),
      relation: note('relation'),
      type: note('type'),
      insert: (oid, row) => calls.push(['insert', oid, valuesOf(row)]),
      update: (oid, kind, old, row) =>
        calls.push(['update', oid, kind, old && valuesOf(old), valuesOf(row)]),
      delete: (oid, kind, old) => calls.push(['delete', oid, kind, valuesOf(old)]),
      truncate: note('truncate'),
      message: note('message'),
      origin: note('origin'),
    },
  };
};
