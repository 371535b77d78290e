import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainFileError, explainPartEnd, logTail, requireSpace } from './failure.ts';

let dataDir: string;
beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'failure-test-'));
});
afterAll(() => rmSync(dataDir, { recursive: true }));

const end = (tail: string, exit = { code: 1, signal: null } as const) =>
  explainPartEnd({ part: 'kafka', port: 9092, dataDir, logFile: 'kafka.log', exit, logTail: tail });

test.each([
  ['java.io.IOException: No space left on device', 'stack.disk-full'],
  ['FATAL:  could not write lock file: No space left on device', 'stack.disk-full'],
  ['java.net.BindException: Address already in use', 'stack.port-busy'],
  ['Port(s) already bound: 8080: Address already in use', 'stack.port-busy'],
  ['ERROR something else\n', 'stack.part-failed'],
])('a part whose log ends with "%s" has failed with %s', (tail, code) => {
  expect(end(tail).code).toBe(code);
});

test('a part that ended is explained by the last line of its log that names an error', () => {
  expect(end('starting\nERROR bad config in server.properties\nshutting down\n').message).toBe(
    'kafka ended by itself (exit code 1): ERROR bad config in server.properties (log: kafka.log)',
  );
});

test('too little space is refused before anything is written', () => {
  expect(() => requireSpace(dataDir, Number.MAX_SAFE_INTEGER)).toThrow(
    expect.objectContaining({
      code: 'stack.disk-full',
      message: expect.stringMatching(/^The disk that holds .* MB free and .* MB are needed: free/),
    }),
  );
});

test('errors of the file system become the sentence for them, others pass', () => {
  const fileError = (code: string) => Object.assign(new Error(code), { code });
  expect(explainFileError(dataDir, fileError('ENOSPC'))).toMatchObject({ code: 'stack.disk-full' });
  expect(explainFileError(dataDir, fileError('EACCES'))).toMatchObject({
    code: 'stack.data-dir-unusable',
  });
  const other = new Error('other');
  expect(explainFileError(dataDir, other)).toBe(other);
});

test('the tail of a log leaves out what earlier runs wrote', () => {
  const log = join(dataDir, 'part.log');
  writeFileSync(log, 'No space left on device\nstarted\n');
  expect(logTail(log, 24)).toBe('started\n');
  expect(logTail(join(dataDir, 'none.log'), 0)).toBe('');
});
