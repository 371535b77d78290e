import { expect, test } from 'vitest';
import { createHold } from './hold.ts';

test('the stream is paused by the first holder and resumed by the last, also one attached late', async () => {
  const told: string[] = [];
  const stream = { pause: () => told.push('pause'), resume: () => told.push('resume') };
  const hold = createHold();
  hold.set('a', true);
  hold.attach(stream);
  hold.set('b', true);
  hold.set('a', false);
  expect(told).toEqual(['pause']);
  const free = hold.freeOf('b').then(() => told.push('free of b'));
  await hold.freeOf('a');
  expect(told).toEqual(['pause']);
  hold.set('b', false);
  await free;
  expect(told).toEqual(['pause', 'resume', 'free of b']);
});
