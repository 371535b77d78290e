import { expect, test } from 'vitest';
import { freePorts } from './embedded/ports.ts';
import { connectExternalStack } from './external.ts';

test('a server that does not answer is one sentence, and its password is not in it', async () => {
  const [port] = await freePorts(1);
  const endpoints = {
    kafkaBrokers: `127.0.0.1:${port}`,
    registryUrl: `http://127.0.0.1:${port}/apis/ccompat/v7`,
    postgresUrl: `postgres://postgres:secret@127.0.0.1:${port}/postgres`,
    clickhouseUrl: `http://default:secret@127.0.0.1:${port}/millrace`,
  };
  const failure: Error = await connectExternalStack({ endpoints }).then(
    () => new Error('it answered'),
    (error: Error) => error,
  );
  expect(failure).toMatchObject({ code: 'stack.endpoint-unreachable' });
  expect(failure.message).toMatch(/ does not answer at .*: check the address/);
  expect(failure.message).not.toContain('secret');
});
