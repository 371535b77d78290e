import { Ajv2019 } from 'ajv/dist/2019.js';
import { expect, test } from 'vitest';
import { formSchemas } from './validate-odcs.ts';

test('what documents are held to are JSON schemas, which nothing asks when they are used', () => {
  const ajv = new Ajv2019({ strict: false });
  expect(formSchemas.length).toBeGreaterThan(10);
  for (const schema of formSchemas)
    expect([ajv.validateSchema(schema), ajv.errors]).toEqual([true, null]);
});
