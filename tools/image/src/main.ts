/**
 * Run by the Dockerfile, and for a release: what an installed tree is made of, and what of it an image does not need. Node alone
 * is enough for it, since it runs where nothing of the development's packages is installed.
 *
 *     node tools/image/src/main.ts sbom <directory>            CycloneDX JSON of <directory>/node_modules, on standard output
 *     node tools/image/src/main.ts sbom --locked <directory>   the same of what its package-lock.json has an image install
 *     node tools/image/src/main.ts prune <directory>           deletes what no service reads from <directory>/node_modules
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { billOfMaterials, readInstalled } from './bill-of-materials.ts';
import { readLocked } from './locked-packages.ts';
import { pruneInstalled } from './prune-installed.ts';

const { values, positionals } = parseArgs({
  options: { locked: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [command, directory] = positionals;
if (directory === undefined || (command !== 'sbom' && command !== 'prune')) {
  process.stderr.write('usage: node tools/image/src/main.ts sbom [--locked]|prune <directory>\n');
  process.exitCode = 2;
} else if (command === 'sbom') {
  const read = values.locked ? readLocked : readInstalled;
  const bill = billOfMaterials(await read(resolve(directory)));
  process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
} else {
  const bytes = await pruneInstalled(resolve(directory, 'node_modules'));
  process.stderr.write(`pruned ${(bytes / 1e6).toFixed(1)} MB\n`);
}
