/** What docs/howto/deploy-on-kubernetes.md says to type, as one script for a cluster whose node is played. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '@millrace/chart';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = readFileSync(join(root, 'docs/howto/deploy-on-kubernetes.md'), 'utf8');

/** Blocks of a language, without their indentation. */
const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^( *)\`\`\`${language}\\n([\\s\\S]+?)^\\1\`\`\``, 'gm'))].map(
    ([, indentation = '', text = '']) => text.replaceAll(new RegExp(`^${indentation}`, 'gm'), ''),
  );

/** A folder with the project, the chart and the page's values, and helm and kubectl by their names. */
export const typedPage = (): { readonly folder: string; readonly script: string } => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-typed-'));
  for (const name of ['schemas', 'transforms', 'charts'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  writeFileSync(join(folder, 'values.yaml'), blocks('yaml')[0] ?? '');
  mkdirSync(join(folder, 'bin'));
  for (const name of ['helm', 'kubectl'] as const) {
    const program = findProgram(name);
    if (program !== undefined) symlinkSync(program, join(folder, 'bin', name));
  }
  const said = blocks('sh')
    .join('')
    // What stands for the command of step 4 is that command, which then has the project, too.
    .replace(/^helm upgrade … .*\n/m, '')
    .replace(/^(helm upgrade --install .*)$/m, `$1 "\${files[@]}"`)
    // Of a played node: no volumes, no logs of containers.
    .replace(/^(helm upgrade .*)$/m, '$1 --set streamTransform.persistence.enabled=false')
    .replace(' --logs', '');
  return { folder, script: `set -e\nexport PATH="$PWD/bin:$PATH"\n${said}` };
};
