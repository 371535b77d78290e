/** One version everywhere: every package.json and what they say of each other, and the chart. Text in, text out. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const manifests = [
  'package.json',
  '{packages,services,tools}/*/package.json',
  'tests/package.json',
];
const semver = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/;

/**
 * The files that name the version, as they are with the new one; those that need no change are left out.
 * @param root the repository's root
 * @throws Error when the version is none, or a workspace has another one than the root
 */
export function withVersion(root: string, version: string): Readonly<Record<string, string>> {
  if (!semver.test(version)) throw new Error(`${version} is no version of Semantic Versioning`);
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');
  const { version: old } = JSON.parse(read('package.json')) as { version: string };
  const paths = globSync(manifests, { cwd: root }).sort();
  const changed: Record<string, string> = {};
  for (const path of paths) {
    const text = read(path);
    const own = (JSON.parse(text) as { version: string }).version;
    if (own !== old) throw new Error(`${path} is of version ${own}, the repository of ${old}`);
    changed[path] = text
      .replace(`"version": "${old}"`, `"version": "${version}"`)
      .replaceAll(/("@millrace\/[a-z-]+": )"[^"]+"/g, `$1"${version}"`);
  }
  const chart = 'charts/millrace/Chart.yaml';
  if (globSync(chart, { cwd: root }).length > 0)
    changed[chart] = read(chart)
      .replace(/^version: .*$/m, `version: ${version}`)
      .replace(/^appVersion: .*$/m, `appVersion: "${version}"`);
  return Object.fromEntries(Object.entries(changed).filter(([path, text]) => text !== read(path)));
}
