import { expect, test } from 'vitest';
import { createPortRewriter } from './port-rewriter.ts';

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const advertised = (length: number[], port: number) =>
  Buffer.concat([Buffer.from(length), Buffer.from('127.0.0.1'), int32(port)]);

test('a broker’s port is replaced in both encodings of strings, and nothing else is', () => {
  const rewrite = createPortRewriter(9092, 40_000);
  const tail = Buffer.from('127.0.0.1:9092 as text');
  const input = Buffer.concat([advertised([0, 9], 9092), advertised([10], 9092), tail]);
  expect(rewrite(input)).toEqual(
    Buffer.concat([advertised([0, 9], 40_000), advertised([10], 40_000), tail]),
  );
  const other = advertised([0, 9], 9093);
  expect(rewrite(other)).toEqual(other);
});

test('an address that is cut between two pieces of the stream is replaced too', () => {
  const input = Buffer.concat([Buffer.from('before'), advertised([0, 9], 9092), Buffer.from('on')]);
  const expected = Buffer.concat([
    Buffer.from('before'),
    advertised([0, 9], 40_000),
    Buffer.from('on'),
  ]);
  for (let cut = 9; cut < input.length; cut++) {
    const rewrite = createPortRewriter(9092, 40_000);
    const output = Buffer.concat([rewrite(input.subarray(0, cut)), rewrite(input.subarray(cut))]);
    expect(output.toString('hex')).toBe(expected.toString('hex'));
  }
});
