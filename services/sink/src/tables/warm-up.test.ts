import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { warmUp } from './warm-up.ts';

const contracts = Array.from({ length: 20 }, (_, n) => ({
  topic: { name: `events.a.${n}` },
})) as unknown as readonly WarehouseContract[];

const versionOf = (subject: string) => Number(subject.match(/\d+/)?.[0]);

test('the newest schema of each stream is resolved; those that fail or have none keep nobody', async () => {
  const resolved: [string, number][] = [];
  await warmUp({
    contracts,
    clock: createManualClock(),
    registry: {
      latest: async (subject) => {
        const id = versionOf(subject);
        if (id === 3) throw new MillraceError('registry.unavailable', 'away', { retryable: true });
        return id === 4 ? undefined : { subject, id, version: 1, schemaText: '' };
      },
    },
    landingsOf: (topic) => ({
      resolve: async (id) => {
        if (id === 5) throw new MillraceError('sink.table-unfit', 'no table', { retryable: true });
        resolved.push([topic, id]);
      },
    }),
  });
  const wanted = contracts.map(({ topic }, n) => [topic.name, n] as const);
  expect(resolved.toSorted(([, a], [, b]) => a - b)).toEqual(
    wanted.filter(([, n]) => ![3, 4, 5].includes(n)),
  );
});

test('what does not answer is waited for so long, and nothing more is begun', async () => {
  const clock = createManualClock();
  let asked = 0;
  const warming = warmUp({
    ...{ contracts, clock },
    registry: {
      latest: () => {
        asked += 1;
        return new Promise(() => undefined);
      },
    },
    landingsOf: () => ({ resolve: async () => undefined }),
  });
  await clock.advance(3_000);
  await warming;
  expect(asked).toBe(8);
});
