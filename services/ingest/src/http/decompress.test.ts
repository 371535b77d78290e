import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { expect, test } from 'vitest';
import { type ContentCoding, codingOf, createDecompress } from './decompress.ts';

const decompress = createDecompress();
const compress = {
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  deflate: deflateSync,
} as const satisfies Record<ContentCoding, (bytes: Buffer) => Buffer>;
const codings = Object.keys(compress) as ContentCoding[];
const text = Buffer.from('{"a":"Zürich"}\n'.repeat(20_000));
const roomy = { bytesMax: text.length, grow: () => true };

test('the codings are known by their names, and several in a row are none', () => {
  expect(['GZIP', 'x-gzip', 'br', ' zstd ', 'deflate', undefined, ''].map(codingOf)).toEqual([
    'gzip',
    'gzip',
    'br',
    'zstd',
    'deflate',
    'identity',
    'identity',
  ]);
  for (const other of ['gzip, br', 'gzip,gzip', 'compress', 'identity, gzip'])
    expect(codingOf(other)).toBeUndefined();
});

test.each(codings)('%s is expanded, up to its bound to the byte', async (coding) => {
  const body = compress[coding](text);
  expect(await decompress(body, coding, roomy)).toEqual({ body: text });
  expect(await decompress(body, coding, { ...roomy, bytesMax: text.length - 1 })).toMatchObject({
    code: 'ingest.body-too-large',
  });
});

test.each(codings)(
  '%s that is cut off, damaged or followed by bytes is refused',
  async (coding) => {
    const body = compress[coding](text);
    for (const bad of [
      body.subarray(0, body.length - 3),
      Buffer.alloc(0),
      Buffer.from('{"order_id":"not compressed at all"}'),
      Buffer.concat([body, Buffer.from('more')]),
    ])
      expect(await decompress(bad, coding, roomy)).toMatchObject({
        code: 'ingest.compression-invalid',
        message: expect.stringContaining(coding),
      });
  },
);

test.each(codings)('a bomb of %s takes no more room than its bound', async (coding) => {
  const bomb = compress[coding](Buffer.alloc(64 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(100_000);
  let taken = 0;
  const grow = (bytes: number) => {
    taken += bytes;
    return true;
  };
  const bytesMax = 1024 * 1024;
  expect(await decompress(bomb, coding, { bytesMax, grow })).toMatchObject({
    code: 'ingest.body-too-large',
  });
  expect(taken).toBeLessThanOrEqual(bytesMax);
});

test('a body that no room is left for is told to come again', async () => {
  let room = 100_000;
  const grow = (bytes: number) => {
    room -= bytes;
    return room >= 0;
  };
  expect(await decompress(gzipSync(text), 'gzip', { ...roomy, grow })).toMatchObject({
    code: 'ingest.queue-full',
  });
});

test('members of gzip and frames of zstd may follow each other; deflate may lack its frame', async () => {
  const twice = Buffer.concat([text, text]);
  const twofold = { ...roomy, bytesMax: twice.length };
  for (const coding of ['gzip', 'zstd'] as const) {
    const body = compress[coding](text);
    expect(await decompress(Buffer.concat([body, body]), coding, twofold)).toEqual({ body: twice });
  }
  expect(await decompress(deflateRawSync(text), 'deflate', roomy)).toEqual({ body: text });
});

test('many at once are expanded in turns, each right', async () => {
  const bodies = Array.from({ length: 30 }, (_, index) => Buffer.from(`${index}`.repeat(5000)));
  const expanded = await Promise.all(
    bodies.map((body, index) => {
      const coding = codings[index % codings.length]!;
      return decompress(compress[coding](body), coding, roomy);
    }),
  );
  expect(expanded).toEqual(bodies.map((body) => ({ body })));
});
