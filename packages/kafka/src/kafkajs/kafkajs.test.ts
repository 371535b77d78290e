import { createRequire } from 'node:module';
import { silentLogger } from '@millrace/pipeline';
import { expect, it, vi } from 'vitest';
import './kafkajs.ts';

const require = createRequire(import.meta.url);

it('keeps no timer on a connection that has nothing to send (T10)', () => {
  const RequestQueue = require('kafkajs/src/network/requestQueue/index.js');
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    enforceRequestTimeout: false,
    logger: silentLogger,
  });
  queue.checkPendingRequests();
  expect(queue.throttleCheckTimeoutId).toBeNull();
  const request = (correlationId: number) => ({
    entry: { correlationId, resolve: () => undefined, reject: () => undefined },
    expectResponse: true,
    sendRequest: () => undefined,
  });
  queue.push(request(1));
  queue.push(request(2));
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  queue.destroy();
});

it('ends a request that is not answered in time, and looks for such once a second alone', async () => {
  const intervals: (number | undefined)[] = [];
  const began = globalThis.setInterval;
  vi.spyOn(globalThis, 'setInterval').mockImplementation((work, ms) => {
    intervals.push(ms);
    return began(work, ms);
  });
  const RequestQueue = require('kafkajs/src/network/requestQueue/index.js');
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 100,
    enforceRequestTimeout: true,
    isConnected: () => true,
    logger: silentLogger,
  });
  queue.scheduleRequestTimeoutCheck();
  const answered = new Promise((resolve, reject) => {
    queue.push({
      entry: { correlationId: 1, resolve, reject, apiName: 'Fetch', apiKey: 1, apiVersion: 13 },
      expectResponse: true,
      sendRequest: () => undefined,
    });
  });
  await expect(answered).rejects.toThrow(/timed out/);
  expect(intervals).toEqual([1_000]);
  queue.destroy();
  vi.restoreAllMocks();
});

it('writes a request frame as kafkajs’s encoder does', async () => {
  const Encoder = require('kafkajs/src/protocol/encoder.js');
  const createRequest = require('kafkajs/src/protocol/request.js');
  const body = new Encoder().writeString('topic').writeInt32(7);
  const request = { apiKey: 3, apiVersion: 5, apiName: 'Metadata', encode: async () => body };
  const frame = await createRequest({ correlationId: 9, clientId: 'mühle', request });
  const payload = new Encoder()
    .writeInt16(3)
    .writeInt16(5)
    .writeInt32(9)
    .writeString('mühle')
    .writeEncoder(body);
  expect(frame.buffer).toEqual(
    new Encoder().writeInt32(payload.size()).writeEncoder(payload).buffer,
  );
});
