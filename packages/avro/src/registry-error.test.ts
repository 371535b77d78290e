import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { RegistryResponseError, registryError } from './registry-error.ts';

/** As @kafkajs/confluent-schema-registry words it. */
const libraryError = (status: number, message: string) =>
  Object.assign(new Error(`Confluent_Schema_Registry - ${message}`), { status });

const codeOf = (cause: unknown): string => {
  const { code, retryable } = registryError('schema id 1', cause);
  return retryable ? `${code} (retryable)` : code;
};

test("a 404 in the registry's own words is an unknown schema, a page of a proxy is not", () => {
  expect(codeOf(libraryError(404, 'Schema not found'))).toBe('registry.unknown-schema');
  expect(codeOf(libraryError(404, 'Error, status 404: <html>'))).toBe('registry.refused');
  expect(codeOf(new RegistryResponseError(404, 'Schema not found', true))).toBe(
    'registry.unknown-schema',
  );
  expect(codeOf(new RegistryResponseError(404, 'status 404', false))).toBe('registry.refused');
});

test('a 409 is an incompatible schema, with the reasons', () => {
  const error = registryError('subject s', libraryError(409, 'READER_FIELD_MISSING at /fields/1'));
  expect(error).toMatchObject({
    code: 'registry.incompatible',
    message: 'subject s: READER_FIELD_MISSING at /fields/1',
  });
});

test.each([500, 502, 503, 429, 408])('status %i passes by itself', (status) => {
  expect(codeOf(libraryError(status, 'busy'))).toBe('registry.unavailable (retryable)');
  expect(codeOf(new RegistryResponseError(status, 'busy', false))).toBe(
    'registry.unavailable (retryable)',
  );
});

test.each([400, 401, 403, 422])('status %i is for good', (status) => {
  expect(codeOf(libraryError(status, 'no'))).toBe('registry.refused');
});

test("a broken connection passes by itself, also in the library's disguise of a 400", () => {
  const refused = 'Error, status 400: connect ECONNREFUSED 127.0.0.1:1';
  expect(codeOf(libraryError(400, refused))).toBe('registry.unavailable (retryable)');
  expect(codeOf(new TypeError('fetch failed'))).toBe('registry.unavailable (retryable)');
  expect(codeOf(new DOMException('x', 'TimeoutError'))).toBe('registry.unavailable (retryable)');
});

test("the library's own complaint about a schema is for good", () => {
  expect(codeOf(new Error('unknown type: nope'))).toBe('registry.refused');
  expect(codeOf(new SyntaxError('Unexpected token'))).toBe('registry.refused');
});

test('a MillraceError stays itself, and anything else becomes one', () => {
  const own = new MillraceError('registry.refused', 'x');
  expect(registryError('x', own)).toBe(own);
  expect(registryError('x', undefined)).toBeInstanceOf(MillraceError);
});
