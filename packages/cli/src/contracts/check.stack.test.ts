import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import { stackUnderTest, uniqueName } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAgainstRegistry } from './check.ts';
import { readingContract, readingFiles, standardFields } from './testing/project-fixture.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-check-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const write = (domain: string, fields: readonly Record<string, unknown>[]) => {
  for (const { path, text } of readingFiles(domain, { fields })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
};

const registered = async (versions: readonly (readonly Record<string, unknown>[])[]) => {
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const domain = uniqueName('check');
  const subject = `events.${domain}.reading-value`;
  for (const fields of versions) {
    await registry.register(subject, readingContract(domain, { fields }).schemaText);
  }
  await registry.setCompatibility(subject, 'BACKWARD_TRANSITIVE');
  return { registry, domain };
};

const gate = (rest: object) => ({ name: 'gate', type: 'string', ...rest });

describe('contracts check --against registry', () => {
  test('finds what breaks readers of the latest registered version', async () => {
    const { registry, domain } = await registered([standardFields]);
    write(domain, [...standardFields, gate({})]);
    expect(await checkAgainstRegistry(directory, registry)).toMatchObject({
      compared: 1,
      problems: [{ field: 'gate', rule: 'field-added-without-default' }],
    });
  });

  test('hears the registry about the versions before the latest', async () => {
    const { registry, domain } = await registered([
      standardFields,
      [...standardFields, gate({ default: '' })],
    ]);
    // Readable with the latest version, which has the field, and not with the first, which has not.
    write(domain, [...standardFields, gate({})]);
    expect(await checkAgainstRegistry(directory, registry)).toMatchObject({
      problems: [{ rule: 'registry-refuses' }],
    });
  });

  test('takes a stream that was never registered as it is', async () => {
    const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
    write(uniqueName('check'), standardFields);
    expect(await checkAgainstRegistry(directory, registry)).toMatchObject({
      compared: 0,
      problems: [],
    });
  });
});
