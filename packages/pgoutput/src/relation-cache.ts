/**
 * What is known of each relation of a connection. PostgreSQL sends a relation before its first row and
 * again after every change of its shape, so a later entry replaces the earlier; nothing else expires.
 */
import { MillraceError } from '@millrace/contracts';

export interface RelationCache<T> {
  set(relationOid: number, entry: T): void;
  /** Throws `pgoutput.relation-unknown` when no relation message came before the row. */
  get(relationOid: number): T;
}

/** An empty cache, for one connection. */
export const createRelationCache = <T>(): RelationCache<T> => {
  const entries = new Map<number, T>();
  let lastOid = -1;
  let last: T | undefined;
  return {
    set: (relationOid, entry) => {
      entries.set(relationOid, entry);
      lastOid = -1;
    },
    get: (relationOid) => {
      if (relationOid === lastOid) return last as T;
      if (!entries.has(relationOid)) {
        throw new MillraceError(
          'pgoutput.relation-unknown',
          `a row names relation ${relationOid}, which was not sent before it`,
        );
      }
      lastOid = relationOid;
      last = entries.get(relationOid);
      return last as T;
    },
  };
};
