import { expect, test } from 'vitest';
import { obstacleOf } from './letter-fate.ts';

const letter = {
  ...{ service: 'sink', topic: 't', partition: 0, offset: 1, redrives: 0, stage: null },
  whole: null,
};
const none = { graphs: [], contracts: [] };

test('what cannot be sent again is told apart from what can', () => {
  expect(obstacleOf(letter, 3, none)).toBeUndefined();
  expect(obstacleOf({ ...letter, redrives: 3 }, 3, none)).toContain('3 times');
  expect(obstacleOf({ ...letter, offset: null }, 3, none)).toContain('not known');
  expect(obstacleOf({ ...letter, service: 'cdc', offset: null }, 3, none)).toBeUndefined();
  expect(obstacleOf({ ...letter, service: 'stream-transform' }, 3, none)).toContain('transform');
});
