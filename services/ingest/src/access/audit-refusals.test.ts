import type { Logger } from '@millrace/pipeline';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { createRefusalAudit, type Refused } from './audit-refusals.ts';

const setUp = () => {
  const lines: Record<string, unknown>[] = [];
  const clock = createManualClock();
  const info = (fields: object, message: string) => lines.push({ ...fields, message });
  const audit = createRefusalAudit({
    logger: { info } as unknown as Logger,
    clock,
    signal: new AbortController().signal,
  });
  return { lines, clock, audit };
};
const refused: Refused = {
  code: 'ingest.scope-missing',
  keyId: 'abcd',
  stream: 'flights.departed',
  address: '192.0.2.77',
};

test('the first refusal of its kind is told at once, those like it together', async () => {
  const { lines, clock, audit } = setUp();
  for (let time = 0; time < 500; time += 1) audit.note(refused);
  audit.note({ ...refused, keyId: 'efgh' });
  expect(lines).toHaveLength(2);
  expect(lines[0]).toEqual({
    audit: 'refused',
    code: 'ingest.scope-missing',
    keyId: 'abcd',
    stream: 'flights.departed',
    from: '192.0.2.0/24',
    message: 'refused',
  });
  await clock.advance(10_000);
  expect(lines.slice(2)).toMatchObject([{ keyId: 'abcd', count: 499, message: 'refused again' }]);
  audit.note(refused);
  expect(lines).toHaveLength(4);
});

test('a flood of different refusals is bounded in lines and counted', async () => {
  const { lines, clock, audit } = setUp();
  for (let stream = 0; stream < 5000; stream += 1)
    audit.note({ ...refused, stream: `made.up${stream}` });
  expect(lines).toHaveLength(200);
  await clock.advance(10_000);
  expect(lines.at(-1)).toMatchObject({ count: 4800 });
});
