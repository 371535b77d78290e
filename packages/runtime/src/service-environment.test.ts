import { expect, test } from 'vitest';
import { missingServiceEnvironment } from './service-environment.ts';

test('a variable that somebody has set is theirs', () => {
  expect(Object.keys(missingServiceEnvironment({}))).toContain('MALLOC_ARENA_MAX');
  expect(missingServiceEnvironment({ MALLOC_ARENA_MAX: '8' })).not.toHaveProperty(
    'MALLOC_ARENA_MAX',
  );
  expect(missingServiceEnvironment(missingServiceEnvironment({}))).toEqual({});
});
