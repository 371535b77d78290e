import type { OutputRef } from '../graph/graph.ts';
import type { NameOperator, OperatorSpec } from '../operator.ts';
import { foreignKeyAnswersOperator } from '../tables/foreign-key-answers.ts';
import { foreignKeyRequestsOperator } from '../tables/foreign-key-requests.ts';
import { foreignKeyResultsOperator } from '../tables/foreign-key-results.ts';
import { groupRowsOperator } from '../tables/group-rows.ts';
import { type RowUpdate, rowChangesOperator } from '../tables/row-changes.ts';
import { rowsMappedOperator } from '../tables/rows-mapped.ts';
import { rowsWhereOperator } from '../tables/rows-where.ts';
import { tableAggregateOperator } from '../tables/table-aggregate.ts';
import { type TableJoin, tableJoinOperator } from '../tables/table-join.ts';
import { at, coPartitioned, moved, type Place, placed } from './place.ts';
import type { Named, StreamMaker, Table, TableOrigin } from './stream.ts';

// biome-ignore lint/suspicious/noExplicitAny: one function stands behind methods that have their types.
type OfRows = (...values: any[]) => any;

/**
 * A table at a place of the graph: a stream of rows by key, null for a row that is gone. It keeps nothing by
 * itself; what needs to know rows again, a join for example, keeps them.
 */
export const tableAt = <T>(origin: TableOrigin, make: StreamMaker): Table<T> => {
  const { place } = origin;
  const { graph } = place;
  const same = <R>(kind: string, operator: OperatorSpec, { name }: Named): Table<R> => {
    const output = graph.operator(kind, () => operator, [place.output], name);
    return make.table({ ...origin, place: at(place, output) });
  };
  const joined =
    (kind: TableJoin<T, never, never>['kind']) =>
    <U, R>(other: Table<U>, combine: OfRows, { name }: Named = {}): Table<R> => {
      const sides = [place, other.origin.place].map((side) => coPartitioned(side).output);
      const operator = tableJoinOperator({ kind, combine });
      const output = graph.operator('table-table-join', operator, sides, name);
      return make.table({ place: placed(graph, output), useTime: both(origin, other.origin) });
    };
  const joinedBy =
    (kind: 'inner' | 'left') =>
    <U, R>(keyOf: OfRows, other: Table<U>, combine: OfRows, options: Named = {}): Table<R> => {
      // Answers that are out of date are told by event time for as long as they may come.
      const useTime = both(origin, other.origin);
      useTime();
      const output = joinByForeignKey(origin, other.origin, { keyOf, combine, kind }, options);
      return make.table({ place: output, useTime });
    };

  return {
    kind: 'table',
    origin,
    filter: (keep, options = {}) => same('rows-where', rowsWhereOperator(keep), options),
    map: (change, options = {}) => same('rows-mapped', rowsMappedOperator(change), options),
    join: joined('inner'),
    leftJoin: joined('left'),
    outerJoin: joined('outer'),
    joinBy: joinedBy('inner'),
    leftJoinBy: joinedBy('left'),
    groupBy: (keyOf, { name } = {}) => ({
      aggregate(aggregate, options = {}) {
        const changed = changesOf(origin, make).place;
        const grouped = graph.operator(
          'group',
          () => groupRowsOperator(keyOf),
          [changed.output],
          name,
        );
        const { output: rows } = coPartitioned(moved(graph, grouped));
        const operator = tableAggregateOperator(aggregate);
        const output = graph.operator('table-aggregate', operator, [rows], options.name);
        return make.table({ ...origin, place: placed(graph, output) });
      },
    }),
    toStream(options) {
      origin.useTime();
      return changesOf<T>(origin, make, options);
    },
    to(contract, options) {
      graph.sink(place.output, contract, options);
    },
  };
};

const both =
  (...origins: readonly TableOrigin[]) =>
  () => {
    for (const { useTime } of origins) useTime();
  };

const changesOf = <T>({ place }: TableOrigin, make: StreamMaker, { name }: Named = {}) => {
  const { graph } = place;
  const rows = coPartitioned(place);
  const output = graph.operator('row-changes', rowChangesOperator(), [rows.output], name);
  return make.keyed<RowUpdate<T>>(placed(graph, output));
};

interface ForeignKeyJoin {
  readonly keyOf: OfRows;
  readonly combine: OfRows;
  readonly kind: 'inner' | 'left';
}

const joinByForeignKey = (
  left: TableOrigin,
  right: TableOrigin,
  { keyOf, combine, kind }: ForeignKeyJoin,
  { name }: Named,
): Place => {
  const { graph } = left.place;
  const step = (part: string, operator: NameOperator, ...from: readonly Place[]): OutputRef => {
    const inputs = from.map((one) => coPartitioned(one).output);
    const given = name === undefined ? undefined : `${name}${part}`;
    return graph.operator(`foreign-key${part}`, operator, inputs, given);
  };
  const requests = step('-requests', foreignKeyRequestsOperator({ keyOf, kind }), left.place);
  const answers = step(
    '-answers',
    foreignKeyAnswersOperator({ combine, kind }),
    moved(graph, requests),
    right.place,
  );
  return placed(graph, step('', foreignKeyResultsOperator(), moved(graph, answers)));
};
