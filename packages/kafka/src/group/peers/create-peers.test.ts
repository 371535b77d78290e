import { expect, it, onTestFinished } from 'vitest';
import { startPresence, type TestPresence } from '../../testing/test-presence.ts';
import { createPeers, type PeerHandlers } from './create-peers.ts';
import type { Peer } from './peer.ts';

const peersOf = ({ presence }: TestPresence) => {
  const peers = createPeers({ presence });
  onTestFinished(() => peers.close());
  return peers;
};

const asPeer = ({ address }: TestPresence, ...memberIds: string[]): Peer => ({
  ...address,
  memberIds,
});

const noted = () => {
  const died: Peer[] = [];
  const over: number[] = [];
  const handlers: PeerHandlers = {
    died: (peer) => died.push(peer),
    over: (generation) => over.push(generation),
  };
  return { died, over, handlers };
};

it('groups share one connection to a process, and each hears of its own members when it dies', async () => {
  const [here, there] = [await startPresence(), await startPresence()];
  const peers = peersOf(here);
  const [a, b] = [noted(), noted()];
  peers.join('a', a.handlers).watch([asPeer(there, 'a1', 'a2')]);
  peers.join('b', b.handlers).watch([asPeer(there, 'b1')]);
  await expect.poll(peers.seen).toBe(1);
  expect(there.asked()).toBe(1);
  await there.die();
  await expect
    .poll(() => [a.died, b.died])
    .toEqual([[asPeer(there, 'a1', 'a2')], [asPeer(there, 'b1')]]);
  expect(peers.seen()).toBe(0);
});

it('a generation that is over is told to members of that group, and words of other forms are passed over', async () => {
  const [here, there] = [await startPresence(), await startPresence()];
  const peers = peersOf(here);
  const [a, b] = [noted(), noted()];
  peers.join('a', a.handlers).watch([asPeer(there, 'a1')]);
  peers.join('b', b.handlers).watch([asPeer(there, 'b1')]);
  await expect.poll(peers.seen).toBe(1);
  const telling = peersOf(there);
  for (const words of ['', 'no JSON', '[]', 'null', '{"group":"a","over":"7"}'])
    there.presence.tell(words);
  telling.join('a', noted().handlers).tell(7);
  telling.join('c', noted().handlers).tell(8);
  telling.join('b', noted().handlers).tell(9);
  await expect.poll(() => [a.over, b.over]).toEqual([[7], [9]]);
});

it('who is not to be watched any more is let go, by the last group that watched it', async () => {
  const [here, there] = [await startPresence(), await startPresence()];
  const peers = peersOf(here);
  const [a, b] = [noted(), noted()];
  const inA = peers.join('a', a.handlers);
  const inB = peers.join('b', b.handlers);
  inA.watch([asPeer(there, 'a1')]);
  inB.watch([asPeer(there, 'b1')]);
  await expect.poll(there.listeners).toBe(1);
  inA.watch([]);
  inB.watch([asPeer(there, 'b2')]);
  await expect.poll(peers.seen).toBe(1);
  expect(there.asked()).toBe(1);
  inB.leave();
  await expect.poll(there.listeners).toBe(0);
});

it('a process tells the address that it connects from, unless it was told another', async () => {
  const { presence } = await startPresence();
  const { identity, port } = presence;
  expect(createPeers({ presence }).address('10.0.0.7')).toEqual({
    ...{ identity, port, host: '10.0.0.7' },
  });
  expect(createPeers({ presence, host: 'sink-0.sink' }).address('10.0.0.7')).toEqual({
    ...{ identity, port, host: 'sink-0.sink' },
  });
  expect(createPeers({ presence }).address(undefined)).toBeUndefined();
});
