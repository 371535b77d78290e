import { MillraceError } from '@millrace/contracts';
import type { OutgoingBatch, Producer } from '@millrace/kafka';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createUseNotes } from './note-uses.ts';

test('a key that is used a thousand times is one record a period, and one that could not be written is kept', async () => {
  const clock = createManualClock();
  const sent: string[][] = [];
  let away = false;
  const producer = {
    send: async ([batch]: readonly OutgoingBatch[]) => {
      if (away) throw new MillraceError('kafka.unavailable', 'away', { retryable: true });
      sent.push([...(batch!.records as Iterable<{ key: Buffer }>)].map(({ key }) => String(key)));
      return [];
    },
  } as unknown as Producer;
  const stop = new AbortController();
  const notes = createUseNotes({ producer, clock, signal: stop.signal, everyMs: 1000 });
  for (let use = 0; use < 1000; use += 1) notes.note('a');
  notes.note('b');
  await clock.advance(1000);
  expect(sent).toEqual([['used/a', 'used/b']]);
  await clock.advance(5000);
  expect(sent).toHaveLength(1);
  away = true;
  notes.note('a');
  await clock.advance(1000);
  away = false;
  await clock.advance(1000);
  expect(sent).toEqual([['used/a', 'used/b'], ['used/a']]);
  stop.abort();
});
