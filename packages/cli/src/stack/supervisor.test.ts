import { expect, test } from 'vitest';
import { createSupervisor } from './supervisor.ts';

const failed = {
  part: 'kafka',
  state: 'failed',
  atMs: 0,
  detail: 'kafka ended by itself',
} as const;
const settled = () => new Promise((resolve) => setImmediate(resolve));

function supervise(restart: () => Promise<void>) {
  let nowMs = 0;
  const said: string[] = [];
  let givenUp: Error | undefined;
  const supervisor = createSupervisor(
    (sentence) => said.push(sentence),
    () => nowMs,
  );
  void supervisor.superviseRestarts({ restart }).then((error) => {
    givenUp = error;
  });
  return {
    fail: () => supervisor.observe(failed),
    wait: (durationMs: number) => {
      nowMs += durationMs;
    },
    said,
    givenUp: () => givenUp?.message,
  };
}

test('a part that ended by itself is started again', async () => {
  let restarts = 0;
  const run = supervise(async () => {
    restarts++;
  });
  run.fail();
  await settled();
  expect(restarts).toBe(1);
  expect(run.said).toEqual(['kafka ended by itself; kafka is started again.']);
  expect(run.givenUp()).toBeUndefined();
});

test('a part that ends four times within a minute is given up', async () => {
  const run = supervise(async () => undefined);
  for (let ending = 0; ending < 4; ending++) run.fail();
  await settled();
  expect(run.givenUp()).toMatch(/it ended 4 times within a minute, so the stack stops/);
});

test('endings far apart are forgotten', async () => {
  const run = supervise(async () => undefined);
  for (let ending = 0; ending < 10; ending++) {
    run.fail();
    run.wait(30_000);
  }
  await settled();
  expect(run.givenUp()).toBeUndefined();
});

test('a part that cannot be started again is given up with the reason', async () => {
  const run = supervise(() => Promise.reject(new Error('disk full')));
  run.fail();
  await settled();
  expect(run.givenUp()).toContain('disk full');
});
