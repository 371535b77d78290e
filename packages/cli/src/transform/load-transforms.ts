import type { Contract } from '@millrace/contracts';
import { loadTransformFiles } from '@millrace/runtime';
import { declaredTransforms, type Transform } from '@millrace/streams';
import { readOwnContracts } from '../contracts/read-contracts.ts';

/** The contracts of a project and its transforms, each with the file that declares it. */
export interface LoadedTransforms {
  readonly contracts: readonly Contract[];
  readonly transforms: readonly { readonly path: string; readonly transform: Transform }[];
}

/** Throws `contracts.project-invalid`, `transform.load-failed` and what building a transform throws. */
export const loadTransforms = async (directory: string): Promise<LoadedTransforms> => {
  const contracts = await readOwnContracts(directory);
  const files = await loadTransformFiles(directory, {
    '@millrace/streams': import.meta.resolve('@millrace/streams'),
  });
  const transforms = declaredTransforms(files).map((transform, index) => ({
    path: files[index]!.path,
    transform,
  }));
  return { contracts, transforms };
};
