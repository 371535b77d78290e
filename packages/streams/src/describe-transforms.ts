/** What a project's transforms are called and which contracts they make of which, out of their files. */
import { declaredTransforms } from './declared-transforms.ts';
import { type ContractFlow, contractFlows } from './graph/contract-flows.ts';

export interface TransformDescription {
  readonly name: string;
  readonly path: string;
  readonly flows: readonly ContractFlow[];
}

/** In the order of the files. Throws as `declaredTransforms`. */
export const describeTransforms = (
  files: readonly { readonly path: string; readonly exported: unknown }[],
): readonly TransformDescription[] =>
  declaredTransforms(files).map(({ name, graph }, index) => ({
    ...{ name, path: files[index]!.path, flows: contractFlows(graph) },
  }));
