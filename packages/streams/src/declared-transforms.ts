import { MillraceError } from '@millrace/contracts';
import type { Transform } from './transform.ts';

/** Whether a value is what `transform(…)` returns. */
export const isTransform = (value: unknown): value is Transform =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'transform';

/**
 * The transforms that files export by default, in the order of the files. Throws `transform.load-failed` for
 * one that exports something else, and for a name that two have.
 */
export const declaredTransforms = (
  files: readonly { readonly path: string; readonly exported: unknown }[],
): readonly Transform[] => {
  const paths = new Map<string, string>();
  return files.map(({ path, exported }) => {
    if (!isTransform(exported)) {
      throw new MillraceError(
        'transform.load-failed',
        `${path}: its default export is not a transform; write: export default transform('name', …)`,
      );
    }
    const other = paths.get(exported.name);
    if (other !== undefined) {
      throw new MillraceError(
        'transform.load-failed',
        `${path} and ${other} are both named '${exported.name}'`,
      );
    }
    paths.set(exported.name, path);
    return exported;
  });
};
