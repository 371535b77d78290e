import { expect, test } from 'vitest';
import { createAcknowledgement } from './acknowledgement.ts';

test('nothing is confirmed before something is delivered', () => {
  const acknowledgement = createAcknowledgement();
  acknowledgement.received(100n);
  expect(acknowledgement.confirmedLsn).toBe(0n);
});

test('a delivered batch confirms exactly the LSN it was closed with, not what was received since', () => {
  const acknowledgement = createAcknowledgement();
  acknowledgement.received(100n);
  const mark = acknowledgement.receivedLsn;
  acknowledgement.received(200n);
  acknowledgement.delivered(mark);
  expect(acknowledgement.confirmedLsn).toBe(100n);
});

test('with nothing waiting, keepalives move the confirmed position', () => {
  const acknowledgement = createAcknowledgement();
  acknowledgement.received(300n);
  acknowledgement.idle();
  expect(acknowledgement.confirmedLsn).toBe(300n);
});

test('the confirmed position never goes back', () => {
  const acknowledgement = createAcknowledgement();
  acknowledgement.received(300n);
  acknowledgement.idle();
  acknowledgement.received(200n);
  acknowledgement.delivered(100n);
  acknowledgement.idle();
  expect(acknowledgement.confirmedLsn).toBe(300n);
});
