import type { Flow } from '../flow.ts';
import type { NameOperator, Operator, OperatorContext } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';
import type { KeyedStore, KeyedStoreSpec } from '../stores/store.ts';
import type { ForeignKeyAnswer, ForeignKeyRequest } from './foreign-key-messages.ts';
import { type GroupedValues, groupedValues } from './grouped-values.ts';

/** A join of the rows of a left table with the row that they hold the key of. */
export interface ForeignKeyAnswers<L, R, O> {
  readonly kind: 'inner' | 'left';
  readonly combine: (left: L, right: R, info: RecordInfo) => O;
}

interface Row {
  readonly value: unknown;
  readonly timeMs: number;
}

interface LeftRow extends Row {
  readonly version: number;
}

/**
 * Holds the right table (input 1) and, by foreign key, the left rows that want its rows (requests, input 0),
 * and answers to the left row's partition when either changes.
 */
export const foreignKeyAnswersOperator =
  <L, R, O>(join: ForeignKeyAnswers<L, R, O>): NameOperator =>
  (name) => {
    const leftSpec: KeyedStoreSpec = { kind: 'keyed', name: `${name}-left`, shape: 'grouped:v1' };
    const rightSpec: KeyedStoreSpec<Row> = {
      kind: 'keyed',
      name: `${name}-right`,
      shape: 'row-at:v1',
    };
    return {
      kind: 'foreign-key-join',
      stores: [leftSpec, rightSpec],
      shape: join.kind,
      create: (context) =>
        answerRequests(
          join as ForeignKeyAnswers<unknown, unknown, unknown>,
          context,
          groupedValues<LeftRow>(context.keyed(leftSpec)),
          context.keyed(rightSpec),
        ),
    };
  };

const answerRequests = (
  { kind, combine }: ForeignKeyAnswers<unknown, unknown, unknown>,
  { emit, skip, failed }: OperatorContext,
  lefts: GroupedValues<LeftRow>,
  rights: KeyedStore<Row>,
): Operator => {
  const answer = (key: string, left: LeftRow, right: Row | undefined, flow: Flow): void => {
    const timeMs = Math.max(left.timeMs, right?.timeMs ?? flow.timeMs, flow.timeMs);
    let value: unknown = null;
    if (right !== undefined || kind === 'left') {
      try {
        value = combine(left.value, right?.value ?? null, { key, timeMs });
      } catch (error) {
        // A result that cannot be made is none: the one before it would be wrong.
        failed({ key, value: left.value, timeMs, watermarkMs: flow.watermarkMs }, error);
      }
    }
    const answered: ForeignKeyAnswer = { version: left.version, value, gone: false };
    emit({ key, value: answered, timeMs, watermarkMs: flow.watermarkMs });
  };

  const takeRequest = (foreignKey: string, request: ForeignKeyRequest, flow: Flow): void => {
    const { row, version } = request;
    if (request.kind === 'drop') {
      lefts.delete(foreignKey, row);
      if (!request.gone) return;
      const { timeMs, watermarkMs } = flow;
      const gone: ForeignKeyAnswer = { version, value: null, gone: true };
      emit({ key: row, value: gone, timeMs, watermarkMs });
      return;
    }
    const left: LeftRow = { value: request.value, timeMs: flow.timeMs, version };
    if (request.kind === 'alone') {
      answer(row, left, undefined, flow);
      return;
    }
    lefts.set(foreignKey, row, left);
    answer(row, left, rights.get(foreignKey), flow);
  };

  const takeRight = (key: string, flow: Flow): void => {
    const { value, timeMs } = flow;
    if (value === null) {
      if (rights.get(key) === undefined) return;
      rights.delete(key);
    } else rights.set(key, { value, timeMs });
    const right = value === null ? undefined : { value, timeMs };
    for (const [row, left] of lefts.of(key)) answer(row, left, right, flow);
  };

  return {
    process(flow, port) {
      if (flow.key === null) skip('no-key');
      else if (port === 0) takeRequest(flow.key, flow.value as ForeignKeyRequest, flow);
      else takeRight(flow.key, flow);
    },
  };
};
