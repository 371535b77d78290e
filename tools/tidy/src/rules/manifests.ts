import type { Finding, Rule } from '../rule.ts';
import type { Workspace } from '../workspaces.ts';

/** What each package.json must say. Whether the dependencies are the right ones is `declared-dependencies.ts`. */
export const manifestsRule: Rule = {
  name: 'manifests',
  why: 'Two installs of one commit must be the same, and each workspace says in a sentence what it is.',
  check: (tree) => tree.workspaces.flatMap(checkManifest),
};

const exactVersion = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

function checkManifest({ directory, name, manifest }: Workspace): Finding[] {
  const expectedName = `@millrace/${directory.split('/').at(-1)}`;
  const messages = [
    name === expectedName ? [] : [`is named ${name}; expected ${expectedName}`],
    manifest.description?.endsWith('.') ? [] : ['needs a description that is a sentence'],
    manifest.license === 'Apache-2.0' ? [] : ['needs "license": "Apache-2.0"'],
    manifest.type === 'module' ? [] : ['needs "type": "module"'],
    ...[manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].map(
      inexact,
    ),
  ].flat();
  return messages.map((message) => ({ path: `${directory}/package.json`, message }));
}

const inexact = (dependencies: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(dependencies)
    .filter(([, version]) => !exactVersion.test(version))
    .map(([name, version]) => `${name} is "${version}"; pin one exact version`);
