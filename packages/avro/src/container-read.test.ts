import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import avro from 'avsc';
import { compressSync } from 'snappy';
import { expect, test } from 'vitest';
import { type ContainerCodec, expandBlock } from './container-codec.ts';
import { isContainer, openContainer } from './container-read.ts';

const type = avro.Type.forSchema({
  type: 'record',
  name: 'r',
  fields: [{ name: 'id', type: 'string' }],
});

/** Written by avsc, another implementation of the format; snappy and zstandard are added as its README tells. */
const written = async (codec: ContainerCodec, ids: readonly string[]): Promise<Buffer> => {
  const encoder = new avro.streams.BlockEncoder(type, {
    codec,
    blockSize: 64,
    codecs: {
      null: avro.streams.BlockEncoder.defaultCodecs()['null'],
      deflate: (data: Buffer, done: (error: null, out: Buffer) => void) =>
        done(null, deflateRawSync(data)),
      zstandard: (data: Buffer, done: (error: null, out: Buffer) => void) =>
        done(null, zstdCompressSync(data)),
      snappy: (data: Buffer, done: (error: null, out: Buffer) => void) => {
        const check = Buffer.alloc(4);
        check.writeUInt32BE(crc32(data));
        done(null, Buffer.concat([compressSync(data) as Buffer, check]));
      },
    },
  } as ConstructorParameters<typeof avro.streams.BlockEncoder>[1]);
  const chunks: Buffer[] = [];
  encoder.on('data', (chunk: Buffer) => chunks.push(chunk));
  for (const id of ids) encoder.write({ id });
  encoder.end();
  await new Promise((resolve) => encoder.once('end', resolve));
  return Buffer.concat(chunks);
};
const ids = Array.from({ length: 30 }, (_, index) => `id-${index}`);

test.each(['null', 'deflate', 'snappy', 'zstandard'] as const)(
  'a file that another implementation wrote with %s is read block by block',
  async (codec) => {
    const file = openContainer(await written(codec, ids));
    expect(JSON.parse(file.schemaText)).toMatchObject({ type: 'record', name: 'r' });
    const found: string[] = [];
    let blocks = 0;
    for (const { count, body } of file.blocks()) {
      blocks += 1;
      const datums = expandBlock(file.codec, body, 1000);
      let at = 0;
      for (let one = 0; one < count; one += 1) {
        const { value, offset } = type.decode(datums, at);
        found.push((value as { id: string }).id);
        at = offset;
      }
      expect(at).toBe(datums.length);
    }
    expect(found).toEqual(ids);
    expect(blocks).toBeGreaterThan(1);
  },
);

test.each(['null', 'deflate', 'snappy', 'zstandard'] as const)(
  'a block of %s that expands beyond the bound is refused',
  async (codec) => {
    const [block] = openContainer(await written(codec, ['x'.repeat(100_000)])).blocks();
    expect(() => expandBlock(codec, block!.body, 99_999)).toThrow(
      expect.objectContaining({ code: 'avro.container-too-large' }),
    );
    expect(expandBlock(codec, block!.body, 200_000).length).toBeGreaterThan(100_000);
  },
);

test('each way in which a file can be broken is told', async () => {
  const file = await written('null', ids);
  const readAll = (bytes: Buffer) => () => [...openContainer(bytes).blocks()];
  expect(isContainer(file)).toBe(true);
  expect(isContainer(Buffer.from('{}'))).toBe(false);
  expect(readAll(Buffer.from('{}'))).toThrow('does not begin with');
  expect(readAll(file.subarray(0, 30))).toThrow('ends within the header');
  expect(readAll(file.subarray(0, file.length - 1))).toThrow(/ends within block \d/);
  expect(readAll(Buffer.concat([file, Buffer.from([2])]))).toThrow(/ends within block \d/);
  const shifted = Buffer.from(file);
  shifted[shifted.length - 1]! ^= 1;
  expect(readAll(shifted)).toThrow('is not followed by the sync marker');
  const text = file.toString('latin1').replace('\x08null', '\x08bzip');
  expect(readAll(Buffer.from(text, 'latin1'))).toThrow('its codec "bzip" is not one of null');
});

test('content that is not what its codec or its checksum says is refused', async () => {
  const [block] = openContainer(await written('snappy', ids)).blocks();
  const flipped = Buffer.from(block!.body);
  flipped[flipped.length - 1]! ^= 1;
  expect(() => expandBlock('snappy', flipped, 1000)).toThrow('CRC-32');
  for (const codec of ['deflate', 'zstandard', 'snappy'] as const)
    expect(() => expandBlock(codec, Buffer.from('nonsense, all of it'), 1000)).toThrow(
      expect.objectContaining({ code: 'avro.container-invalid' }),
    );
});
