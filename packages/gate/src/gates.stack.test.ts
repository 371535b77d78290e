/** Gates on a real broker: what one writes the others obey, also those that start later. */
import { createAdmin } from '@millrace/kafka';
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
  return { ending, writer, surroundings };
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

test('who waits for the gates is told when the service stops, before they are followed or while they are', async () => {
  const before = open();
  before.ending.abort(new Error('stopped'));
  await expect(followGates(before.surroundings).known).rejects.toThrow('stopped');
  const during = open();
  const gates = followGates(during.surroundings);
  during.ending.abort(new Error('stopped'));
  await expect(gates.known).rejects.toThrow();
});
