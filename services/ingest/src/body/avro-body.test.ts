import { deflateRawSync } from 'node:zlib';
import { compileSplicer, compileWriter, frame } from '@millrace/avro';
import { type AvroRecord, type Contract, parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { createAvroIntake } from '../avro/avro-intake.ts';
import type { EventRequest } from '../event-request.ts';
import { readDatum, readFile } from './avro-body.ts';

const schema = {
  type: 'record',
  name: 'note',
  namespace: 't',
  fields: [{ name: 'text', type: 'string' }],
};
const schemaText = JSON.stringify(schema);
const contract = {
  ...{ id: 't.note', topic: { name: 'events.t.note' }, key: [], schemaText },
  record: parseAvroSchema(schema) as AvroRecord,
} as unknown as Contract;
const registry = { schemaById: () => Promise.reject(), subjectsOf: () => Promise.reject() };
const avro = createAvroIntake({ contract, schemaId: 7, registry });
const write = compileWriter(schemaText);
const request = (body: Buffer, grow?: (bytes: number) => boolean) =>
  ({ body, stream: { avro }, ...(grow && { room: { grow } }) }) as unknown as EventRequest;
const limits = { eventsMax: 3, bodyBytesMax: 1000 };

/** A container file whose one block says to hold `count` records. */
const fileOf = (count: number, datums: Buffer, codec: 'null' | 'deflate' = 'null') => {
  const empty = compileSplicer(schemaText, []).splice([]);
  const sync = empty.subarray(empty.length - 16);
  const header = Buffer.from(
    empty.toString('latin1').replace('\x08null', codec === 'null' ? '\x08null' : '\x0edeflate'),
    'latin1',
  );
  const block = codec === 'null' ? datums : deflateRawSync(datums);
  const number = (value: number) => compileWriter('"long"')(value);
  return Buffer.concat([header, number(count), number(block.length), block, sync]);
};
const notes = (...texts: string[]) => Buffer.concat(texts.map((text) => write({ text })));

test('records of a block that stand one after the other are taken apart', async () => {
  const file = fileOf(2, notes('a', 'Zürich'), 'deflate');
  expect(await readFile(request(file), limits)).toMatchObject({
    value: { datums: [frame(7, write({ text: 'a' })), frame(7, write({ text: 'Zürich' }))] },
  });
});

test('a block that says to hold more than a request may is refused before it is read', async () => {
  expect(await readFile(request(fileOf(4, notes('a'))), limits)).toMatchObject({
    code: 'ingest.too-many-events',
  });
  expect(await readFile(request(fileOf(2 ** 50, notes('a'))), limits)).toMatchObject({
    code: 'ingest.too-many-events',
  });
});

test('a file that expands beyond the bound, or beyond what there is room for, is refused', async () => {
  const file = fileOf(1, notes('x'.repeat(2000)), 'deflate');
  expect(await readFile(request(file), limits)).toMatchObject({ code: 'ingest.body-too-large' });
  const roomy = { ...limits, bodyBytesMax: 10_000 };
  expect(
    await readFile(
      request(file, () => false),
      roomy,
    ),
  ).toMatchObject({
    code: 'ingest.queue-full',
  });
  let taken = 0;
  const grow = (bytes: number) => {
    taken += bytes;
    return true;
  };
  expect(await readFile(request(file, grow), roomy)).toMatchObject({ kind: 'ok' });
  expect(taken).toBe(2002);
});

test('where a block breaks is told with its records', async () => {
  const broken = async (count: number, datums: Buffer) => {
    const outcome = await readFile(request(fileOf(count, datums)), limits);
    return 'reason' in outcome ? outcome.reason : undefined;
  };
  expect(await broken(3, notes('a', 'b'))).toMatch(/^Block 1, record 3 of 3: \/text: .* bytes end/);
  expect(await broken(1, notes('a', 'b'))).toBe('Block 1: 2 bytes follow its 1 records.');
});

test('a datum with bytes behind it is refused with the place where it ends', () => {
  const outcome = readDatum(request(Buffer.concat([notes('a'), Buffer.from('xyz')])));
  const fault = outcome.kind === 'ok' ? outcome.value.unreadable.get(0) : undefined;
  expect(fault).toMatchObject({
    code: 'ingest.event-invalid',
    problems: [{ path: '', rule: 'bytes', message: expect.stringContaining('3 bytes follow') }],
  });
});
