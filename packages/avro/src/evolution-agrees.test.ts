import { checkEvolution, parseAvroSchema } from '@millrace/contracts';
import { Type } from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileReader } from './compiled-codec.ts';
import { type SchemaDocument, schemaPair } from './testing/schema-pair.ts';

/**
 * The evolution rules of packages/contracts against a decoder that knows nothing of them: what they call
 * readable is read. (The other way round does not hold: they also refuse changes of unit, which decode.)
 */
const decodes = (writer: SchemaDocument, reader: SchemaDocument): void => {
  const type = Type.forSchema(writer as Parameters<typeof Type.forSchema>[0]);
  const read = compileReader(JSON.stringify(writer), JSON.stringify(reader));
  for (let round = 0; round < 3; round += 1) read(type.toBuffer(type.random()));
};

describe('a change that the evolution rules find harmless', () => {
  test('BACKWARD is read by the new schema from old records', () => {
    let readable = 0;
    fc.assert(
      fc.property(schemaPair, ([from, to]) => {
        const problems = checkEvolution(parseAvroSchema(from), parseAvroSchema(to), 'BACKWARD');
        if (problems.length > 0) return;
        readable += 1;
        decodes(from, to);
      }),
      { numRuns: 500 },
    );
    expect(readable).toBeGreaterThan(50);
  });

  test('FORWARD is read by the old schema from new records', () => {
    let readable = 0;
    fc.assert(
      fc.property(schemaPair, ([from, to]) => {
        const problems = checkEvolution(parseAvroSchema(from), parseAvroSchema(to), 'FORWARD');
        if (problems.length > 0) return;
        readable += 1;
        decodes(to, from);
      }),
      { numRuns: 500 },
    );
    expect(readable).toBeGreaterThan(50);
  });
});
