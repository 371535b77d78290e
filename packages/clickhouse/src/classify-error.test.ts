import { ClickHouseError } from '@clickhouse/client';
import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { classifyError, rejectionOf } from './classify-error.ts';

const serverError = (code: number, type: string, message: string) =>
  new ClickHouseError({ code: String(code), type, message });

test('a row that does not fit is permanent, with its number and without its content', () => {
  const error = classifyError(
    serverError(
      691,
      'UNKNOWN_ELEMENT_OF_ENUM',
      "Unknown element 'secret' for enum: (while reading the value of key e): (at row 17)\n: While",
    ),
  );
  expect(error).toMatchObject({
    code: 'clickhouse.rejected',
    retryable: false,
    message: 'ClickHouse error 691 (UNKNOWN_ELEMENT_OF_ENUM) at row 17',
  });
  expect(rejectionOf(error)).toEqual({
    kind: 'clickhouse-rejection',
    serverCode: 691,
    serverType: 'UNKNOWN_ELEMENT_OF_ENUM',
    fault: 'data',
    rowNumber: 17,
  });
});

test('a constraint that a row violates is a data fault; its values stay out of the message', () => {
  const text =
    'Constraint `c` for table t is violated at row 3. Expression: (id < 9). Column values: id = 77.';
  const error = classifyError(serverError(469, 'VIOLATED_CONSTRAINT', text));
  expect(error.message).toBe('ClickHouse error 469 (VIOLATED_CONSTRAINT) at row 3');
  expect(rejectionOf(error)).toMatchObject({ fault: 'data', rowNumber: 3 });
});

test('a statement that does not fit is permanent and keeps the reason for a person', () => {
  const error = classifyError(serverError(60, 'UNKNOWN_TABLE', 'Table a.b does not exist.'));
  expect(error).toMatchObject({
    code: 'clickhouse.rejected',
    message: 'ClickHouse error 60 (UNKNOWN_TABLE): Table a.b does not exist.',
  });
  expect(rejectionOf(error)).toMatchObject({ fault: 'statement' });
});

test("an exception of the server's Avro library is a data fault without a row", () => {
  const text =
    'std::exception. Code: 1001, type: avro::Exception, e.what() = EOF reached (version 26.7.2.1)';
  const error = classifyError(new Error(text));
  expect(error.code).toBe('clickhouse.rejected');
  expect(rejectionOf(error)).toEqual({
    kind: 'clickhouse-rejection',
    serverCode: 1001,
    serverType: 'avro::Exception',
    fault: 'data',
  });
});

test.each([
  [252, 'TOO_MANY_PARTS'],
  [241, 'MEMORY_LIMIT_EXCEEDED'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  [242, 'TABLE_IS_READ_ONLY'],
  [999, 'KEEPER_EXCEPTION'],
])('%i %s passes by itself', (code, type) => {
  const error = classifyError(serverError(code, type, 'x'));
  expect(error).toMatchObject({ code: 'clickhouse.unavailable', retryable: true });
  expect(rejectionOf(error)).toBeUndefined();
});

test.each([
  [
    469,
    'Constraint `c` for table d.t is violated at row 3. Column values: id = secret: while pushing to view d.v.',
  ],
  [
    6,
    "Cannot parse string 'secret' as Int64: while executing 'FUNCTION f': while pushing to view d.v. (X)",
  ],
  [60, 'Unknown table d.x: while pushing to view d.v.'],
])('what fails in a view (%i) is no fault of a row, and tells nothing of it', (code, message) => {
  const error = classifyError(serverError(code, 'X', message));
  expect(rejectionOf(error)).toMatchObject({ fault: 'view' });
  expect(rejectionOf(error)).not.toHaveProperty('rowNumber');
  expect(error.message).toBe(`ClickHouse error ${code} (X) in the view d.v`);
});

test('an insert whose state the server does not know is of unknown outcome', () => {
  expect(classifyError(serverError(319, 'UNKNOWN_STATUS_OF_INSERT', 'x'))).toMatchObject({
    code: 'clickhouse.outcome-unknown',
    retryable: true,
  });
});

test('what never left is unavailable, what may have arrived is of unknown outcome', () => {
  const broken = (code: string) => Object.assign(new Error(code), { code });
  expect(classifyError(broken('ECONNREFUSED')).code).toBe('clickhouse.unavailable');
  expect(classifyError(broken('ENOTFOUND')).code).toBe('clickhouse.unavailable');
  expect(classifyError(broken('ECONNRESET')).code).toBe('clickhouse.outcome-unknown');
  expect(classifyError(broken('EPIPE')).code).toBe('clickhouse.outcome-unknown');
  expect(classifyError(new Error('Timeout error.')).code).toBe('clickhouse.outcome-unknown');
});

test('the table is total: whatever is thrown becomes a MillraceError, and one stays itself', () => {
  for (const thrown of [
    undefined,
    null,
    5,
    'x',
    {},
    new Error(),
    new ClickHouseError({ code: 'x', message: '' }),
  ]) {
    expect(classifyError(thrown)).toBeInstanceOf(MillraceError);
  }
  const own = new MillraceError('clickhouse.rejected', 'x');
  expect(classifyError(own)).toBe(own);
});

test('a page of a proxy never reaches the message', () => {
  expect(classifyError(new Error('<html>secret</html>')).message).not.toContain('secret');
});
