import { MillraceError } from '@millrace/contracts';
import { loadTransformFiles } from '@millrace/runtime';
import { declaredTransforms, type Transform } from '@millrace/streams';

/** What a transform may import although its project has not installed it. */
const provided = { '@millrace/streams': import.meta.resolve('@millrace/streams') };

/**
 * The transforms of a project, in the order of their files: all, or those that are named. Throws
 * `transform.load-failed`, and `transform.invalid` for a name that is asked for in vain.
 */
export const loadTransforms = async (
  directory: string,
  names: readonly string[],
): Promise<readonly Transform[]> => {
  const transforms = declaredTransforms(await loadTransformFiles(directory, provided));
  const unknown = names.find((name) => !transforms.some((transform) => transform.name === name));
  if (unknown !== undefined) {
    throw new MillraceError(
      'transform.invalid',
      `there is no transform '${unknown}' in transforms/`,
    );
  }
  return transforms.filter(({ name }) => names.length === 0 || names.includes(name));
};
