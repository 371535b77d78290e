import { MillraceError } from '@millrace/contracts';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import type { RegisteredSchema } from './registry-client.ts';
import { cacheSchemaIds } from './schema-id-cache.ts';

/** A registry of one schema, id 1, that counts what it is asked. */
const countingFind = () => {
  const asked: number[] = [];
  const find = async (id: number): Promise<RegisteredSchema> => {
    asked.push(id);
    await Promise.resolve();
    if (id === 1) return { id, schemaText: '"string"' };
    if (id === 2) throw new MillraceError('registry.unavailable', 'down', { retryable: true });
    throw new MillraceError('registry.unknown-schema', 'unknown');
  };
  return { asked, find };
};

test('a known id is asked for once, also when many ask at once', async () => {
  const { asked, find } = countingFind();
  const cached = cacheSchemaIds(find, 1_000, createManualClock());
  await Promise.all([cached(1), cached(1), cached(1)]);
  await cached(1);
  expect(asked).toEqual([1]);
});

test('an unknown id is asked for once in its time to live', async () => {
  const { asked, find } = countingFind();
  const clock = createManualClock();
  const cached = cacheSchemaIds(find, 1_000, clock);
  const ask = () => expect(cached(3)).rejects.toMatchObject({ code: 'registry.unknown-schema' });
  await Promise.all([ask(), ask()]);
  await ask();
  expect(asked).toEqual([3]);
  await clock.advance(1_000);
  await ask();
  expect(asked).toEqual([3, 3]);
});

test('an outage is not remembered', async () => {
  const { asked, find } = countingFind();
  const cached = cacheSchemaIds(find, 1_000, createManualClock());
  await expect(cached(2)).rejects.toMatchObject({ retryable: true });
  await expect(cached(2)).rejects.toMatchObject({ retryable: true });
  expect(asked).toEqual([2, 2]);
});
