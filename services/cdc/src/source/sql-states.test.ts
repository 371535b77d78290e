import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { sourceError } from './source-error.ts';

const failing = (code: string | undefined, message = 'it failed') =>
  sourceError(Object.assign(new Error(message), { code }), 'querying PostgreSQL');

test.each([
  ['08000', 'connection exception'],
  ['08006', 'connection failure'],
  ['25006', 'read only, on a standby'],
  ['40001', 'serialization failure'],
  ['40P01', 'deadlock'],
  ['53100', 'disk full'],
  ['53200', 'out of memory'],
  ['53300', 'too many connections'],
  ['53400', 'all slots are in use'],
  ['55000', 'the slot was invalidated'],
  ['55006', 'the slot is active'],
  ['55P03', 'lock timeout'],
  ['57014', 'cancelled'],
  ['57P01', 'administrator command'],
  ['57P02', 'crash'],
  ['57P03', 'starting up'],
  ['57P05', 'idle session timeout'],
  ['58030', 'input or output error'],
  ['72000', 'snapshot too old'],
  ['XX000', 'tuple concurrently updated'],
  ['99999', 'unheard of'],
])('%s (%s) is tried again', (code) => {
  const error = failing(code);
  expect(error).toMatchObject({ code: 'cdc.source-unavailable', retryable: true });
  expect(error.message).toContain(`SQLSTATE ${code}`);
});

test.each([
  ['0A000', 'not supported'],
  ['22023', 'invalid parameter'],
  ['25P02', 'failed transaction'],
  ['26000', 'prepared statement that a pooler lost'],
  ['28000', 'role does not exist'],
  ['28P01', 'wrong password'],
  ['3D000', 'no such database'],
  ['42501', 'no privilege'],
  ['42601', 'syntax'],
  ['42704', 'publication does not exist'],
  ['42P01', 'no such table'],
  ['54000', 'program limit'],
  ['55P02', 'cannot be changed now'],
  ['57P04', 'database dropped'],
  ['P0001', 'raised by an event trigger'],
  ['XX001', 'data corrupted'],
])('%s (%s) needs a person', (code) => {
  const error = failing(code);
  expect(error).toMatchObject({ code: 'cdc.source-refused', retryable: false });
  expect(error.message).toContain(`SQLSTATE ${code}`);
});

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', undefined])(
  'an error of the network (%s) is tried again and is no SQLSTATE',
  (code) => {
    const error = failing(code, 'connect failed');
    expect(error).toMatchObject({ code: 'cdc.source-unavailable', retryable: true });
    expect(error.message).not.toContain('SQLSTATE');
  },
);

test.each([
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
  'The server does not support SSL connections',
])('what the driver refuses before the server can is final: %s', (message) => {
  expect(failing(undefined, message)).toMatchObject({ code: 'cdc.source-refused' });
});

test('an error of the platform passes unchanged', () => {
  const error = new MillraceError('cdc.slot-lost', 'gone');
  expect(sourceError(error, 'x')).toBe(error);
});
