import { silentLogger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { purge, type ReadUpTo } from './purge.ts';

test('what is committed is deleted once, and again when deleting failed', async () => {
  const clock = createManualClock();
  const asked: (readonly ReadUpTo[])[] = [];
  let isDown = false;
  let committed: ReadUpTo[] = [{ topic: 't', partition: 0, offset: 5 }];
  const ending = new AbortController();
  const running = purge(
    {
      admin: {
        async deleteRecords(before) {
          if (isDown) throw new Error('down');
          asked.push(before);
        },
      },
      ...{ intervalMs: 1000, clock, logger: silentLogger },
      committed: () => committed,
    },
    ending.signal,
  );
  await clock.advance(1000);
  await clock.advance(1000);
  isDown = true;
  committed = [{ topic: 't', partition: 0, offset: 9 }];
  await clock.advance(1000);
  isDown = false;
  await clock.advance(1000);
  expect(asked.filter((one) => one.length > 0)).toEqual([
    [{ topic: 't', partition: 0, offset: 5 }],
    [{ topic: 't', partition: 0, offset: 9 }],
  ]);
  ending.abort();
  await running;
});
