/**
 * Run by the Dockerfile, and for a release: what an installed tree is made of, and what of it an image does not need. Node alone
 * is enough for it, since it runs where nothing of the development's packages is installed.
 *
 *     node tools/image/src/main.ts sbom <directory>     CycloneDX JSON of <directory>/node_modules, on standard output
 *     node tools/image/src/main.ts prune <directory>    deletes what no service reads from <directory>/node_modules
 */
import { resolve } from 'node:path';
import { billOfMaterials, readInstalled } from './bill-of-materials.ts';
import { pruneInstalled } from './prune-installed.ts';

const [command, directory] = process.argv.slice(2);
if (directory === undefined || (command !== 'sbom' && command !== 'prune')) {
  process.stderr.write('usage: node tools/image/src/main.ts sbom|prune <directory>\n');
  process.exitCode = 2;
} else if (command === 'sbom') {
  const bill = billOfMaterials(await readInstalled(resolve(directory)));
  process.stdout.write(`${JSON.stringify(bill, null, 2)}\n`);
} else {
  const bytes = await pruneInstalled(resolve(directory, 'node_modules'));
  process.stderr.write(`pruned ${(bytes / 1e6).toFixed(1)} MB\n`);
}
