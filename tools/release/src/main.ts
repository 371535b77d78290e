/** `npm run release -- --version 0.2.0 --tested [--dry-run] [--key FILE]`, and in CI `--publish`: docs/operations/releasing.md. */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { refusal } from './refuse.ts';
import { release } from './release.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const { values } = parseArgs({
  options: {
    version: { type: 'string' },
    tested: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    key: { type: 'string' },
    out: { type: 'string', default: 'dist/release' },
  },
});
const { version, tested, publish, key, out } = values;
const asked = { version, tested, publish, key, out, dryRun: values['dry-run'] };

try {
  const refused = refusal(root, asked);
  if (refused !== undefined) throw new Error(refused);
  release(root, { ...asked, version: version ?? '' }, (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  process.stderr.write(`release: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
