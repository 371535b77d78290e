/** Which topics each transform of the project reads and writes, by its declaration. */
import { type Contract, transformGroup } from '@millrace/contracts';
import { loadTransformFiles, type Project } from '@millrace/runtime';
import { contractFlows, declaredTransforms } from '@millrace/streams';

export interface ProjectTransform {
  readonly name: string;
  readonly group: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

const topicsOf = (contracts: readonly Contract[], ids: readonly string[]): readonly string[] => [
  ...new Set(
    ids.flatMap((id) => contracts.find((contract) => contract.id === id)?.topic.name ?? []),
  ),
];

/** Throws `transform.load-failed` for a file that cannot be read. */
export const projectTransforms = async (project: Project): Promise<readonly ProjectTransform[]> => {
  const files = await loadTransformFiles(project.directory, {
    '@millrace/streams': import.meta.resolve('@millrace/streams'),
  });
  return declaredTransforms(files).map(({ name, graph }) => {
    const flows = contractFlows(graph);
    return {
      ...{ name, group: transformGroup(name) },
      reads: topicsOf(
        project.contracts,
        flows.map(({ from }) => from),
      ),
      writes: topicsOf(
        project.contracts,
        flows.map(({ to }) => to),
      ),
    };
  });
};
