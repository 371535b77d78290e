import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { fromPortable, toPortable } from './portable-error.ts';

test('an error of a thread arrives with its code, its stack and its causes', () => {
  const cause = new TypeError('no such offset');
  const error = new MillraceError('kafka.refused', 'not today', { retryable: true, cause });
  const arrived = fromPortable(structuredClone(toPortable(error)));
  expect(arrived).toBeInstanceOf(MillraceError);
  expect(arrived).toMatchObject({
    ...{ code: 'kafka.refused', message: 'not today', retryable: true, stack: error.stack },
    cause: { message: 'no such offset', stack: cause.stack },
  });
});

test('what was thrown and is no error arrives as one', () => {
  expect(fromPortable(structuredClone(toPortable('gone'))).message).toBe('gone');
});
