import { expect, test } from 'vitest';
import { billOfMaterials } from './bill-of-materials.ts';

interface Bill {
  readonly serialNumber: string;
  readonly components: readonly { readonly name: string; readonly version: string }[];
}
const packages = {
  'packages/cli': { name: '@millrace/cli', version: '0.1.0', license: 'Apache-2.0' },
  'node_modules/@millrace/cli': { link: true },
  'node_modules/pg': { version: '8.23.1', license: 'MIT', integrity: 'sha512-AQI=' },
  'node_modules/a/node_modules/pg': { version: '7.0.0', license: '(MIT OR Apache-2.0)' },
  'node_modules/b/node_modules/pg': { version: '7.0.0', license: '(MIT OR Apache-2.0)' },
  'node_modules/vitest': { version: '5.1.1', dev: true },
};
const bill = (changed: object = {}): Bill =>
  billOfMaterials({
    version: '0.1.0',
    nodeVersion: '24.21.0',
    packages: { ...packages, ...changed },
  }) as Bill;

test('what is installed is listed once with version, licence and hash; links and devDependencies are not', () => {
  expect(bill().components).toMatchObject([
    { name: 'node', version: '24.21.0', type: 'platform' },
    { name: '@millrace/cli', type: 'application', purl: 'pkg:npm/%40millrace/cli@0.1.0' },
    { name: 'pg', version: '7.0.0', licenses: [{ expression: '(MIT OR Apache-2.0)' }] },
    {
      name: 'pg',
      version: '8.23.1',
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: '0102' }],
    },
  ]);
});

test('the same tree gives the same bill, another one another number', () => {
  expect(JSON.stringify(bill())).toBe(JSON.stringify(bill()));
  const other = bill({ 'node_modules/pg': { version: '8.23.2' } });
  expect(other.serialNumber).not.toBe(bill().serialNumber);
  expect(other.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]/);
});
