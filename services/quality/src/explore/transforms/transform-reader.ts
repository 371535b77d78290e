/** The transforms of the project as graphs, with how far each is behind. Files are read once: a change of them is a new start. */
import { type Contract, MillraceError } from '@millrace/contracts';
import type { LagReport, TransformReport, TransformState } from '@millrace/operations';
import type { Logger } from '@millrace/pipeline';
import { loadTransformFiles } from '@millrace/runtime';
import { declaredTransforms, type GraphView, graphView } from '@millrace/streams';

/** Who knows of lag: the lag part. */
export interface LagReader {
  report(): LagReport | undefined;
}

export interface TransformReader {
  /** None where they cannot be loaded. */
  readonly graphs: readonly GraphView[];
  /** Throws the MillraceError that loading them ended with. */
  report(nowMs: number): TransformReport;
}

/** Never rejects: transforms that cannot be loaded are told of by who asks for them, and everything else goes on. */
export const openTransforms = async (
  project: { readonly directory: string; readonly contracts: readonly Contract[] },
  lag: LagReader | undefined,
  logger: Logger,
): Promise<TransformReader> => {
  const loaded = await load(project).catch((error: unknown) => {
    logger.warn({ err: error }, 'the transforms of the project cannot be shown');
    return asMillraceError(error);
  });
  return {
    graphs: loaded instanceof MillraceError ? [] : loaded,
    report: (nowMs) => {
      if (loaded instanceof MillraceError) throw loaded;
      return { atMs: nowMs, transforms: loaded.map((view) => stateOf(view, lag?.report())) };
    },
  };
};

const load = async (project: {
  readonly directory: string;
  readonly contracts: readonly Contract[];
}): Promise<readonly GraphView[]> => {
  const files = await loadTransformFiles(project.directory, {
    '@millrace/streams': import.meta.resolve('@millrace/streams'),
  });
  return declaredTransforms(files).map((transform) => graphView(transform, project.contracts));
};

const asMillraceError = (error: unknown): MillraceError =>
  error instanceof MillraceError
    ? error
    : new MillraceError('transform.load-failed', String(error), { cause: error });

const stateOf = (view: GraphView, lag: LagReport | undefined): TransformState => {
  const nodes = [
    ...view.globalTables.map((node) => ({ ...node, stage: 0 })),
    ...view.stages.flatMap(({ index, nodes: some }) =>
      some.map((node) => ({ ...node, stage: index })),
    ),
  ];
  const topicsOf = (kinds: readonly string[]) => [
    ...new Set(nodes.flatMap(({ kind, topic }) => (kinds.includes(kind) && topic ? [topic] : []))),
  ];
  // A repartition ends one stage and begins the next, and is one node.
  const operators = [...new Map(nodes.map((node) => [node.name, node])).values()];
  const group = lag?.groups.find((one) => one.group === view.group);
  return {
    ...{ name: view.transform, group: view.group },
    inputs: topicsOf(['source', 'global-table']),
    outputs: topicsOf(['sink']),
    operators: operators.map(({ name, kind, shape, topic, contract, stage }) => ({
      ...{ id: name, kind, stage, label: shape ?? contract ?? topic ?? name },
    })),
    edges: nodes.flatMap(({ name, from }) =>
      from.map((before) => ({ from: before.split(':')[0]!, to: name })),
    ),
    lagRecords: group?.records ?? null,
    lagSeconds: group?.seconds ?? null,
    condition: group?.condition ?? 'unknown',
  };
};
