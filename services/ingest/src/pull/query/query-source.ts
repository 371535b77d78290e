/**
 * A query by an incremental column as a source: one part that never ends, in chunks by (cursor, key), each with its
 * position in the transaction of its rows. Deletes are not seen: for these there is capture (services/cdc). What differs
 * between databases is in their sessions, postgres/ and mysql/.
 */
import type { Clock } from '@millrace/pipeline';
import { createAwaitChange } from '../await-change.ts';
import type { PartPosition, PullSource, RowBatch } from '../pull-source.ts';
import { openMysqlSession } from './mysql/mysql-session.ts';
import { openPostgresSession } from './postgres/postgres-session.ts';
import type { QueryDeclaration } from './query-declaration.ts';
import type { QueryPosition } from './query-session.ts';

export interface QuerySourceOptions {
  readonly declaration: QueryDeclaration;
  readonly everyMs: number;
  readonly clock: Clock;
}

/** One part; a round ends when no rows are left up to the bound that was taken at its beginning. */
export const createQuerySource = (options: QuerySourceOptions): PullSource => {
  const { declaration, everyMs, clock } = options;
  const open = declaration.query.startsWith('postgres') ? openPostgresSession : openMysqlSession;

  async function* read(
    from: PartPosition | undefined,
    signal: AbortSignal,
  ): AsyncIterable<RowBatch> {
    const session = await open(declaration);
    try {
      const bound = await session.settle(clock, signal);
      if (bound === undefined) return;
      let position = from as unknown as QueryPosition | undefined;
      for (;;) {
        signal.throwIfAborted();
        const { values, faults, last } = await session.chunk(bound, position);
        if (last === undefined) return;
        position = last;
        const isLast = values.length < declaration.chunk;
        yield {
          values,
          faults,
          at: last as unknown as PartPosition,
          bytes: values.length,
          flush: isLast,
        };
        if (isLast) return;
      }
    } finally {
      await session.close();
    }
  }

  return {
    async *parts() {
      yield { name: declaration.table ?? 'query', version: '1', read };
    },
    isText: () => false,
    ...createAwaitChange({ everyMs, clock }),
    close: async () => undefined,
  };
};
