/** Gates on a real broker: what one writes the others obey, also those that start later. */
import { streamGatesTopic } from '@millrace/contracts';
import { createAdmin, createProducer } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { followGates } from './follow-gates.ts';
import { openGateWriter } from './write-gates.ts';

const open = () => {
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const connection = { brokers, clientId: 'gates', logger: silentLogger };
  const admin = createAdmin(connection);
  const writer = openGateWriter(connection, admin);
  const ending = new AbortController();
  const { signal } = ending;
  const surroundings = { connection, admin, clock: systemClock, logger: silentLogger, signal };
  onTestFinished(async () => {
    ending.abort();
    await writer.close();
    await admin.close();
  });
  return { connection, writer, surroundings };
};
const stopped = (reason: string) => ({ state: 'stopped', reason, by: 'test', atMs: 1 }) as const;

test('a stream is open until somebody says otherwise; followers and those who come later obey the last word', async () => {
  const { writer, surroundings } = open();
  const id = uniqueName('stream');
  const changed: string[] = [];
  const first = followGates({ ...surroundings, changed: (contract) => changed.push(contract) });
  await first.known;
  expect(first.stateOf(id)).toBe('open');
  await writer.put(id, stopped('one'));
  await expect.poll(() => first.gateOf(id)).toEqual(stopped('one'));
  expect(changed).toContain(id);
  await writer.put(id, { ...stopped('two'), state: 'quarantine' });
  const later = followGates(surroundings);
  await later.known;
  expect(later.stateOf(id)).toBe('quarantine');
  expect((await writer.read()).get(id)).toMatchObject({ state: 'quarantine', reason: 'two' });
  await writer.put(id, { ...stopped('three'), state: 'open' });
  await expect.poll(() => [first.stateOf(id), later.stateOf(id)]).toEqual(['open', 'open']);
});

test('a record that is no gate changes nothing, and what comes behind it is obeyed', async () => {
  const { connection, writer, surroundings } = open();
  const id = uniqueName('stream');
  const gates = followGates(surroundings);
  await gates.known;
  await writer.put(id, stopped('before'));
  const producer = createProducer(connection);
  const record = { key: Buffer.from(id), value: Buffer.from('{"state":"ajar"}') };
  await producer.send([{ topic: streamGatesTopic, partition: 0, records: [record] }]);
  await producer.close();
  const other = uniqueName('stream');
  await writer.put(other, stopped('behind'));
  await expect.poll(() => gates.stateOf(other)).toBe('stopped');
  expect(gates.gateOf(id)).toEqual(stopped('before'));
});
