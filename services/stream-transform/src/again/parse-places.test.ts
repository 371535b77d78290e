import { expect, test } from 'vitest';
import { parsePlaces } from './parse-places.ts';

test('places are read by partition; other text is refused', () => {
  expect(parsePlaces(['0:3+17', '2:0'])).toEqual([
    { partition: 0, offset: 3 },
    { partition: 0, offset: 17 },
    { partition: 2, offset: 0 },
  ]);
  for (const text of ['0', '0:', 'a:1', '0:1+', '0:1,2', '-1:2'])
    expect(() => parsePlaces([text])).toThrow('partition:offset+offset');
});
