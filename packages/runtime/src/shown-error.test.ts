import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { errorText, shownError, withoutCredentials } from './shown-error.ts';

const invalidUrl = (): unknown => {
  try {
    return new URL('postgres://me:hunter2@[db');
  } catch (error) {
    return error;
  }
};

test('what a library hung onto an error is not shown, its words and causes are', () => {
  const cause = Object.assign(new Error('refused', { cause: invalidUrl() }), {
    ...{ code: 'ECONNREFUSED', config: { password: 'hunter2' }, detail: 'Key (x)=(hunter2)' },
  });
  const error = new MillraceError('kafka.unavailable', 'away', { cause, retryable: true });
  const shown = shownError(error);
  expect(shown).toMatchObject({
    ...{ type: 'MillraceError', message: 'away', code: 'kafka.unavailable', retryable: true },
    cause: { message: 'refused', code: 'ECONNREFUSED', cause: { code: 'ERR_INVALID_URL' } },
  });
  expect(shown.stack).toContain('shown-error.test.ts');
  expect(JSON.stringify(shown) + errorText(error)).not.toContain('hunter2');
});

test('addresses lose their user part, wherever they stand', () => {
  const fetchError = 'Request cannot be constructed from a URL: https://me:p%40ss@host/x?y=1';
  expect(withoutCredentials(fetchError)).toBe(
    'Request cannot be constructed from a URL: https://(hidden)@host/x?y=1',
  );
  expect(shownError(new AggregateError([new Error('http://a:b@c')], 'all')).errors).toMatchObject([
    { message: 'http://(hidden)@c' },
  ]);
  expect(withoutCredentials('mail to a@b, see https://x/y@z')).toBe(
    'mail to a@b, see https://x/y@z',
  );
});

test('what is no error is shown without its content', () => {
  expect(shownError({ password: 'hunter2' })).toEqual({ type: 'object', message: '' });
  expect(shownError('at http://a:b@c')).toEqual({
    type: 'string',
    message: 'at http://(hidden)@c',
  });
});
