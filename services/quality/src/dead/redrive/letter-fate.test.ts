import { expect, test } from 'vitest';
import { obstacleOf } from './letter-fate.ts';

const letter = { service: 'sink', topic: 't', partition: 0, offset: 1, redrives: 0, stage: null };

test('what cannot be sent again is told apart from what can', () => {
  expect(obstacleOf(letter, 3, [])).toBeUndefined();
  expect(obstacleOf({ ...letter, redrives: 3 }, 3, [])).toContain('3 times');
  expect(obstacleOf({ ...letter, offset: null }, 3, [])).toContain('not known');
  expect(obstacleOf({ ...letter, service: 'cdc', offset: null }, 3, [])).toBeUndefined();
  expect(obstacleOf({ ...letter, service: 'stream-transform' }, 3, [])).toContain('transform');
});
