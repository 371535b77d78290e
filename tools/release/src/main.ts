/** `npm run release -- --version 0.2.0 --tested [--dry-run]`: docs/operations/releasing.md. Publishes nothing: it makes what is published. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { turnChangelog } from './changelog.ts';
import { checksums, statement } from './statement.ts';
import { withVersion } from './versions.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const repository = 'git+https://github.com/millrace/millrace';
const run = (command: string, args: readonly string[], cwd = root): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', maxBuffer: 1 << 28 }).trim();
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const { values } = parseArgs({
  options: {
    version: { type: 'string' },
    tested: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'dist/release') },
  },
});

function refusal(): string | undefined {
  if (values.version === undefined) return 'say which: --version 0.2.0';
  if (run('git', ['status', '--porcelain']) !== '')
    return 'the tree has changes that are not committed';
  if (values['dry-run']) return undefined;
  if (run('git', ['branch', '--show-current']) !== 'main') return 'a release is made on main';
  return values.tested ? undefined : 'say that npm test passed on this commit: --tested';
}

/** The client, compiled and packed: the one package that is published to npm. */
function packClient(): string {
  run(process.execPath, ['packages/client/src/publish/main.ts']);
  const packed = run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', values.out],
    join(root, 'packages/client/dist'),
  );
  return (JSON.parse(packed) as { filename: string }[])[0]?.filename ?? '';
}

function release(version: string): void {
  const commit = run('git', ['rev-parse', 'HEAD']);
  const changelog = turnChangelog(
    readFileSync(join(root, 'CHANGELOG.md'), 'utf8'),
    version,
    new Date().toISOString().slice(0, 10),
  );
  const changed = { ...withVersion(root, version), 'CHANGELOG.md': changelog.text };
  say(
    `${values['dry-run'] ? 'would set' : 'set'} ${version} in ${Object.keys(changed).length} files`,
  );
  if (!values['dry-run']) {
    for (const [path, text] of Object.entries(changed)) writeFileSync(join(root, path), text);
    run('npm', ['install', '--package-lock-only', '--ignore-scripts']);
    run('git', ['commit', '--all', '--quiet', '--message', `Release ${version}`]);
    run('git', ['tag', '--annotate', `v${version}`, '--message', changelog.notes]);
  }
  rmSync(values.out, { recursive: true, force: true });
  mkdirSync(values.out, { recursive: true });
  const names = [packClient()];
  const files = names.map((name) => ({ name, bytes: readFileSync(join(values.out, name)) }));
  const builder = process.env['GITHUB_SERVER_URL'] ?? `${repository}#tools/release`;
  const built = values['dry-run'] ? commit : run('git', ['rev-parse', 'HEAD']);
  writeFileSync(join(values.out, 'SHA256SUMS'), checksums(files));
  writeFileSync(
    join(values.out, 'provenance.intoto.json'),
    `${JSON.stringify(statement(files, { repository, commit: built, builder }), null, 2)}\n`,
  );
  writeFileSync(join(values.out, 'NOTES.md'), `${changelog.notes}\n`);
  for (const name of [...names, 'SHA256SUMS', 'provenance.intoto.json', 'NOTES.md'])
    say(`made ${join(values.out, name)}`);
}

const refused = refusal();
if (refused === undefined) release(values.version ?? '');
else {
  process.stderr.write(`release: ${refused}\n`);
  process.exitCode = 2;
}
