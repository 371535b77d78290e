import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { MillraceError } from '@millrace/contracts';
import type { LoadedTransforms } from '../load-transforms.ts';
import type { Case } from './case.ts';
import { parseCases } from './parse-cases.ts';

/** A file of cases and the transform beside it. */
export interface CaseFile {
  /** Relative to the project. */
  readonly path: string;
  readonly transform: LoadedTransforms['transforms'][number]['transform'];
  readonly cases: readonly Case[];
}

const ending = /\.cases\.ya?ml$/;

/**
 * The case files of a project, or those that are named: `delays.cases.yaml` holds the cases of `delays.ts`.
 * Throws `transform.cases-invalid`.
 */
export const readCaseFiles = async (
  directory: string,
  { transforms }: LoadedTransforms,
  wanted: readonly string[],
): Promise<readonly CaseFile[]> => {
  const folder = join(resolve(directory), 'transforms');
  const names = await readdir(folder).catch(() => []);
  const paths =
    wanted.length > 0
      ? wanted.map((path) => resolve(path))
      : names
          .filter((name) => ending.test(name))
          .sort()
          .map((name) => join(folder, name));
  return Promise.all(
    paths.map(async (path) => {
      const shown = relative(resolve(directory), path);
      const base = shown.replace(ending, '');
      const of = transforms.find((one) => one.path.replace(/\.m?[jt]s$/, '') === base);
      if (of === undefined || base === shown) {
        throw new MillraceError(
          'transform.cases-invalid',
          `${shown}: there is no transform beside it; the cases of transforms/a.ts are in transforms/a.cases.yaml`,
        );
      }
      const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        throw new MillraceError('transform.cases-invalid', `${shown}: ${cause.code}`, { cause });
      });
      return { path: shown, transform: of.transform, cases: parseCases(text, shown) };
    }),
  );
};
