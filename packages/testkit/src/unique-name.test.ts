import { expect, test } from 'vitest';
import { uniqueName } from './unique-name.ts';

test('names differ and are valid as topics, tables, databases and replication slots', () => {
  const names = Array.from({ length: 100 }, () => uniqueName('flights'));
  expect(new Set(names).size).toBe(100);
  for (const name of names) expect(name).toMatch(/^flights_[a-z0-9_]{8,40}$/);
});
