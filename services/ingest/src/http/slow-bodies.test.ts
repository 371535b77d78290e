import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { createSlowBodies } from './slow-bodies.ts';

const request = () => ({ complete: false, destroyed: false, socket: { bytesRead: 0 } });
const as = (one: object) => one as IncomingMessage;

test('a body below the rate is told once, after the time that a connection needs', () => {
  const slow = createSlowBodies(1000);
  const one = request();
  const quick = request();
  slow.begin(as(one));
  slow.begin(as(quick));
  slow.sweep(0);
  quick.socket.bytesRead = 1_000_000;
  expect(slow.sweep(4999)).toEqual([]);
  expect(slow.sweep(5000)).toEqual([]);
  expect(slow.sweep(6000)).toEqual([one]);
  expect(slow.sweep(7000)).toEqual([]);
});

test('a drop a second does not keep a body alive', () => {
  const slow = createSlowBodies(1000);
  const one = request();
  slow.begin(as(one));
  let told = 0;
  for (let ms = 0; ms < 60_000; ms += 1000) {
    one.socket.bytesRead += 1;
    told += slow.sweep(ms).length;
  }
  expect(told).toBe(1);
});

test('a body that is there, or whose client has left, is not slow', () => {
  const slow = createSlowBodies(1000);
  const [ended, complete, left] = [request(), request(), request()];
  for (const one of [ended, complete, left]) slow.begin(as(one));
  slow.end(as(ended));
  complete.complete = true;
  left.destroyed = true;
  expect(slow.sweep(60_000)).toEqual([]);
});
