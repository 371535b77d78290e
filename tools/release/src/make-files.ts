/** What a release consists of, made of a tree: the client for npm, the chart, and the bill of materials of the image. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '@millrace/chart';
import { run } from './run.ts';

export interface MadeFiles {
  /** Names in the directory. */
  readonly client: string;
  readonly chart: string;
  readonly bill: string;
}

/**
 * @param tree with node_modules
 * @param out an existing directory
 * @throws Error with what a program said, or when there is no helm
 */
export function makeFiles(tree: string, out: string, version: string): MadeFiles {
  const files = {
    client: packClient(tree, out),
    chart: `millrace-${version}.tgz`,
    bill: `millrace-${version}.cdx.json`,
  };
  const helm = findProgram('helm');
  if (helm === undefined) throw new Error('there is no helm, which packages the chart');
  run(helm, ['package', join(tree, 'charts/millrace'), '--destination', out], tree);
  const bill = run(process.execPath, ['tools/image/src/main.ts', 'sbom', '--locked', '.'], tree);
  writeFileSync(join(out, files.bill), `${bill}\n`);
  return files;
}

/** The client, compiled and packed: the one package that is published to npm. */
function packClient(tree: string, out: string): string {
  run(process.execPath, ['packages/client/src/publish/main.ts'], tree);
  const packed = run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', out],
    join(tree, 'packages/client/dist'),
  );
  return (JSON.parse(packed) as { filename: string }[])[0]?.filename ?? '';
}
