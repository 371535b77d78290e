import { expect, test } from 'vitest';
import { createTree } from '../tree.ts';
import { soleImportersRule } from './sole-importers.ts';

test('a second importer of a driver is found, also of a file deep inside it', () => {
  const bad = createTree({
    'packages/kafka/src/producer.ts': `import { Kafka } from 'kafkajs';`,
    'services/sink/src/main.ts': `import Encoder from 'kafkajs/src/protocol/encoder.js';`,
  });
  expect(soleImportersRule.check(bad)).toEqual([
    {
      path: 'services/sink/src/main.ts',
      line: 1,
      message: 'kafkajs is imported only by packages/kafka',
    },
  ]);
});
