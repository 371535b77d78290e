/** Every MILLRACE_* variable that something reads: the services' settings, and what other code names. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceDeclarations } from '../service-declarations.ts';

const sources = [
  'packages/*/{src,bin}/**/*.{ts,mjs}',
  'services/*/src/**/*.ts',
  'tools/bootstrap/*.mjs',
  'tests/**/*.ts',
  'docker-compose.yml',
];

/** @param root the repository's root */
export function knownVariables(
  root: string,
  services: readonly ServiceDeclarations[],
): ReadonlySet<string> {
  const declared = services.flatMap(({ config }) =>
    Object.values(config.settings).map((setting) => (setting as { env: string }).env),
  );
  const named = globSync(sources, {
    cwd: root,
    exclude: ['**/*.test.ts', '**/testing/**'],
  }).flatMap((path) => variablesIn(readFileSync(join(root, path), 'utf8')));
  // the source of a mirror has the settings of Kafka under names of its own
  const mirrored = declared.map((name) =>
    name.replace(/^MILLRACE_KAFKA_/, 'MILLRACE_MIRROR_FROM_'),
  );
  return new Set([...declared, ...mirrored, ...named]);
}

/** Whole names in a text; `MILLRACE_CDC_*` and `MILLRACE_<SERVICE>_PORT` stand for several and are none. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?<![A-Za-z0-9_])MILLRACE_[A-Z0-9]+(?:_[A-Z0-9]+)*(?![A-Z0-9_*<{…])/g)].map(
    ([name]) => name,
  );
