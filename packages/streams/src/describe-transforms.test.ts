import { expect, test } from 'vitest';
import { describeTransforms } from './describe-transforms.ts';
import { transform } from './transform.ts';

test('a transform is told with its file and what it makes of what', () => {
  const exported = transform('copies', ({ from }) =>
    from('flights.departed').to('flights.refused_departures' as never),
  );
  expect(describeTransforms([{ path: 'transforms/copies.ts', exported }])).toEqual([
    {
      ...{ name: 'copies', path: 'transforms/copies.ts' },
      flows: [{ from: 'flights.departed', to: 'flights.refused_departures', isSame: true }],
    },
  ]);
});
