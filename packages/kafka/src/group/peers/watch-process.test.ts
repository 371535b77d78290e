import { expect, it, onTestFinished } from 'vitest';
import { startPresence, type TestPresence } from '../../testing/test-presence.ts';
import type { PeerAddress } from './peer.ts';
import { watchProcess } from './watch-process.ts';

/** Watches until the test ends. */
const watching = ({ address }: { readonly address: PeerAddress }) => {
  const heard: string[] = [];
  const watch = watchProcess(address, (line) => heard.push(line));
  onTestFinished(() => watch.close());
  let isDead = false;
  void watch.dead.then(() => {
    isDead = true;
  });
  return { heard, isSeen: watch.isSeen, isDead: () => isDead };
};

const seen = async (process: TestPresence) => {
  const watch = watching(process);
  await expect.poll(watch.isSeen).toBe(true);
  return watch;
};

it('a process that was seen, and whose port refuses then, is dead', async () => {
  const process = await startPresence();
  const watch = await seen(process);
  await process.die();
  await expect.poll(watch.isDead).toBe(true);
});

it('a process that was seen, and at whose address another one answers then, is dead', async () => {
  const process = await startPresence();
  const watch = await seen(process);
  const { port } = process.address;
  await process.die();
  await startPresence('its successor', port);
  await expect.poll(watch.isDead).toBe(true);
});

it('a connection that breaks kills nobody: the process is asked again, and heard further', async () => {
  const process = await startPresence();
  const watch = await seen(process);
  process.cut();
  await expect.poll(process.asked).toBe(2);
  await expect.poll(watch.isSeen).toBe(true);
  process.presence.tell('still here');
  await expect.poll(() => watch.heard).toEqual(['still here']);
  expect(watch.isDead()).toBe(false);
});

it('silence and resets kill nobody, and a port that is taken from the process does once it refuses', async () => {
  const process = await startPresence();
  const watch = await seen(process);
  process.manner = 'is silent';
  process.cut();
  await expect.poll(process.asked).toBe(2);
  process.manner = 'resets';
  process.cut();
  await expect.poll(process.asked).toBeGreaterThan(4);
  expect(watch.isSeen()).toBe(false);
  expect(watch.isDead()).toBe(false);
  await process.die();
  await expect.poll(watch.isDead).toBe(true);
});

it('an address at which the process was never seen says nothing of it', async () => {
  const other = await startPresence();
  const watch = watching({ address: { ...other.address, identity: 'somebody else' } });
  await expect.poll(other.asked).toBeGreaterThan(2);
  await other.die();
  const again = await startPresence('a third', other.address.port);
  await expect.poll(again.asked).toBeGreaterThan(0);
  expect(watch.isDead()).toBe(false);
});
