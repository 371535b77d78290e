import { expect, test } from 'vitest';
import { checksums, statement } from './statement.ts';

const file = { name: 'a.tgz', bytes: new TextEncoder().encode('abc') };
const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('checksums have the form of sha256sum', () => {
  expect(checksums([file])).toBe(`${abc}  a.tgz\n`);
});

test('the statement names each file by its digest, and the commit', () => {
  const origin = { repository: 'git+https://example.org/x', commit: 'c0ffee', builder: 'local' };
  expect(statement([file], origin)).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'a.tgz', digest: { sha256: abc } }],
    predicate: {
      buildDefinition: { resolvedDependencies: [{ digest: { gitCommit: 'c0ffee' } }] },
      runDetails: { builder: { id: 'local' } },
    },
  });
});
