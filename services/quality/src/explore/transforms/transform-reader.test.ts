import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '@millrace/pipeline';
import { loadProject } from '@millrace/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { openTransforms } from './transform-reader.ts';

const repository = fileURLToPath(new URL('../../../../../', import.meta.url));

test('the example’s transforms are graphs whose edges lead from node to node, with their lag', async () => {
  const lag = {
    report: () => ({
      atMs: 1,
      groups: [
        {
          ...{
            group: 'millrace.transform.delays_by_airport',
            service: null,
            members: 1,
            topics: [],
          },
          ...{ records: 7, seconds: 3, state: 'ok', condition: 'warn', trendPerSecond: null },
          ...{ clearSeconds: null, consumedPerSecond: 0, partitions: [] },
        } as const,
      ],
    }),
  };
  const project = await loadProject(repository);
  const reader = await openTransforms(project, lag as never, silentLogger);
  const { transforms } = reader.report(5);
  expect(transforms.map(({ name }) => name)).toEqual(['delays_by_airport', 'route_delay_sessions']);
  const [delays, sessions] = transforms;
  expect(delays).toMatchObject({ lagRecords: 7, lagSeconds: 3, condition: 'warn' });
  expect(sessions).toMatchObject({ lagRecords: null, condition: 'unknown' });
  expect(delays?.inputs).toContain('events.flights.departed');
  expect(delays?.outputs.length).toBeGreaterThan(0);
  for (const { operators, edges } of transforms) {
    const ids = new Set(operators.map(({ id }) => id));
    expect(ids.size).toBe(operators.length);
    expect(edges.filter(({ from, to }) => !ids.has(from) || !ids.has(to))).toEqual([]);
    expect(edges.length).toBeGreaterThan(0);
  }
});

test('a project without transforms has none; one that cannot be loaded is told of by who asks', async () => {
  const none = await openTransforms(
    { directory: '/nowhere', contracts: [] },
    undefined,
    silentLogger,
  );
  expect(none.report(5)).toEqual({ atMs: 5, transforms: [] });
  const directory = await mkdtemp(join(tmpdir(), 'millrace-transforms-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'transforms'));
  await writeFile(join(directory, 'transforms', 'broken.ts'), 'throw new Error("no");');
  const broken = await openTransforms({ directory, contracts: [] }, undefined, silentLogger);
  expect(() => broken.report(5)).toThrow(/broken\.ts/);
});
