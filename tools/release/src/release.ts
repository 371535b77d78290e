/**
 * A release in its order: files are made and tried first, in a copy; only then are the version set, the commit and the tag made.
 * Nothing leaves this machine but by `--publish`, which is for the commit of a tag, in a CI that npm knows.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { notesOf, type TurnedChangelog, turnChangelog } from './changelog.ts';
import { checkClient } from './check-client.ts';
import { copyTree } from './copy-tree.ts';
import { makeFiles } from './make-files.ts';
import type { Asked } from './refuse.ts';
import { run } from './run.ts';
import { readKey, signature } from './sign.ts';
import { checksums, statement } from './statement.ts';
import { withVersion } from './versions.ts';

const repository = 'git+https://github.com/millrace/millrace';

export interface Order extends Asked {
  readonly version: string;
  /** A PEM file. */
  readonly key?: string | undefined;
  /** Where files go, relative to the root; emptied first. */
  readonly out: string;
}

/** @throws Error with what is in the way; the tree is then as it was. */
export function release(root: string, order: Order, say: (line: string) => void): void {
  const { version, dryRun, publish } = order;
  const key = order.key === undefined ? undefined : readKey(order.key);
  const changelog = turned(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'), order);
  const changed = publish ? {} : { ...withVersion(root, version), 'CHANGELOG.md': changelog.text };
  const out = resolve(root, order.out);
  const { client, chart, bill } = makeIn(root, out, version, changed);
  if (!publish) {
    const count = Object.keys(changed).length;
    say(`${dryRun ? 'would set' : 'set'} ${version} in ${count} files`);
    if (!dryRun) commit(root, version, changed, changelog.notes);
  }
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(out, name), content);
    return name;
  };
  const read = (names: readonly string[]) =>
    names.map((name) => ({ name, bytes: readFileSync(join(out, name)) }));
  const revision = run('git', ['rev-parse', 'HEAD'], root);
  const builder = process.env['GITHUB_SERVER_URL'] ?? `${repository}#tools/release`;
  const origin = { repository, commit: revision, builder };
  const provenance = `${JSON.stringify(statement(read([client, chart, bill]), origin), null, 2)}\n`;
  const names = [
    ...[client, chart, bill],
    write('provenance.intoto.json', provenance),
    write('NOTES.md', `${changelog.notes}\n`),
  ];
  const sums = checksums(read(names));
  names.push(write('SHA256SUMS', sums));
  if (key !== undefined)
    names.push(write('SHA256SUMS.sig', signature(new TextEncoder().encode(sums), key)));
  for (const name of names) say(`made ${join(out, name)}`);
  say(`the image: ${imageCommand(root, version, revision)}`);
  if (publish)
    run('npm', ['publish', join(out, client), '--provenance', '--access', 'public'], root);
}

const turned = (text: string, { version, publish }: Order): TurnedChangelog =>
  publish
    ? { text, notes: notesOf(text, version) }
    : turnChangelog(text, version, new Date().toISOString().slice(0, 10));

function makeIn(root: string, out: string, version: string, changed: Record<string, string>) {
  const tree = mkdtempSync(join(tmpdir(), 'millrace-release-'));
  try {
    copyTree(root, changed, tree);
    rmSync(out, { recursive: true, force: true });
    mkdirSync(out, { recursive: true });
    const made = makeFiles(tree, out, version);
    checkClient(join(out, made.client));
    return made;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function commit(
  root: string,
  version: string,
  changed: Readonly<Record<string, string>>,
  notes: string,
): void {
  for (const [path, text] of Object.entries(changed)) writeFileSync(join(root, path), text);
  run('git', ['commit', '--all', '--quiet', '--message', `Release ${version}`], root);
  run('git', ['tag', '--annotate', `v${version}`, '--message', notes, '--cleanup=verbatim'], root);
}

/** Its labels say version and commit; times in it are the commit's. */
function imageCommand(root: string, version: string, revision: string): string {
  const time = run('git', ['show', '--no-patch', '--format=%ct', 'HEAD'], root);
  const labels = { VERSION: version, REVISION: revision, SOURCE_DATE_EPOCH: time };
  const args = Object.entries(labels).map(([name, value]) => `--build-arg ${name}=${value}`);
  return `docker build ${args.join(' ')} --tag ghcr.io/millrace/millrace:${version} .`;
}
