/** Questions about state over HTTP, to one process of two threads and to one of a single one. */
import { startService } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createTransformWorld } from '../testing/transform-world.ts';

const counted = `from('in', { time: 'at' })
  .keyBy(({ sensor }) => sensor)
  .window(streams.tumbling('10 s', { grace: '1 h' }))
  .aggregate({ total: streams.count() }, { name: 'counts' })
  .map(({ key, window, value }) => ({ name: key, at: window.startMs, total: value.total }))
  .to('out');`;

const sensors = ['s0', 's1', 's2', 's3'];

for (const threads of ['1', '2']) {
  test(`open windows of every key are shown by a process with ${threads} thread(s), whichever has the task`, async () => {
    const world = await createTransformWorld();
    await world.write(counted);
    const service = await startService('stream-transform', {
      ...world.env,
      MILLRACE_STREAM_TRANSFORM_THREADS: threads,
    });
    await service.ready();
    await world.send(
      sensors.flatMap((sensor) => [1_000, 2_000, 11_000].map((at) => ({ sensor, at, value: 1 }))),
    );
    const get = async (path: string) => {
      const response = await fetch(`${service.url}/state/${path}`);
      const body = (await response.json()) as { readonly entries?: unknown };
      return { status: response.status, ...body };
    };
    const state = (key: string, more = '') => get(`${world.transform}/counts/${key}${more}`);
    for (const sensor of sensors) {
      await expect
        .poll(async () => (await state(sensor)).entries)
        .toEqual([
          { timeMs: 0, value: { total: 2 } },
          { timeMs: 10_000, value: { total: 1 } },
        ]);
    }
    expect(await state('s0', '?from=10000&limit=1')).toMatchObject({
      status: 200,
      entries: [{ timeMs: 10_000 }],
      truncated: false,
    });
    expect(await state('s9')).toMatchObject({ status: 404, key: 's9' });
    expect(await state('s0', '?limit=many')).toMatchObject({ status: 400 });
    expect(await get(`${world.transform}/nothing/s0`)).toMatchObject({
      status: 404,
      stores: ['counts'],
    });
    expect(await get('nobody/counts/s0')).toMatchObject({ status: 404 });
    expect(await service.stop()).toEqual({ code: 0, signal: null });
  });
}
