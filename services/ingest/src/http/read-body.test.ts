import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { MillraceError } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { readBody } from './read-body.ts';

const full = new MillraceError('ingest.queue-full', 'full', { retryable: true });

const begin = (length?: string, roomBytes = Number.POSITIVE_INFINITY) => {
  const stream = new PassThrough();
  const headers = length === undefined ? {} : { 'content-length': length };
  const request = Object.assign(stream, { headers }) as unknown as IncomingMessage;
  const told: unknown[] = [];
  let room = roomBytes;
  const admit = (bytes: number) => {
    room -= bytes;
    return room < 0 ? full : undefined;
  };
  const limits = { bytesMax: 10, admit };
  readBody(request, limits, {
    bodyRead: (body) => told.push(String(body)),
    bodyFailed: (error) => told.push((error as MillraceError).code),
  });
  return { stream, told };
};

test('the pieces are one body, and none is an empty one', async () => {
  const { stream, told } = begin('10');
  stream.write('12345');
  stream.end('67890');
  await expect.poll(() => told).toEqual(['1234567890']);
  const empty = begin();
  empty.stream.end();
  await expect.poll(() => empty.told).toEqual(['']);
});

test('what is too large is told at once: by its length, or when it turns out to be', async () => {
  expect(begin('11').told).toEqual(['ingest.body-too-large']);
  const { stream, told } = begin();
  stream.write('1234567890');
  stream.write('1');
  stream.end('more');
  await expect.poll(() => told).toEqual(['ingest.body-too-large']);
  await expect.poll(() => stream.readableEnded).toBe(true);
  expect(told).toHaveLength(1);
});

test('a piece for which there is no room ends it, and what comes behind is passed over', async () => {
  const { stream, told } = begin(undefined, 5);
  stream.write('12345');
  stream.write('6');
  stream.end('789');
  await expect.poll(() => stream.readableEnded).toBe(true);
  expect(told).toEqual(['ingest.queue-full']);
});

test('a body that breaks off is told as that', async () => {
  const { stream, told } = begin('10');
  stream.write('12345');
  stream.destroy(new Error('aborted'));
  await expect.poll(() => told).toEqual(['ingest.request-invalid']);
});
