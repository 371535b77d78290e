/**
 * The tables of the stream in the shape that it told last, or that a row has corrected since. A correction lasts until
 * the stream tells the table again.
 */
import { createRelationCache, type Relation } from '@millrace/pgoutput';
import type { CapturedTable } from './captured-table.ts';
import type { Finding } from './columns/avro-output.ts';
import type { RelationMoment } from './source/describe-relation.ts';

/** A captured table in the relation's shape, or undefined for a table that is not captured. */
export type PrepareRelation = (
  relation: Relation,
  moment: RelationMoment,
) => Promise<CapturedTable | undefined>;

export interface ToldTables {
  /** Undefined for a table that is not captured. Throws `pgoutput.relation-unknown`. */
  get(relationOid: number): CapturedTable | undefined;
  /** Takes in what a relation message says. */
  told(relation: Relation, transactionId: number | undefined): Promise<void>;
  /** Makes the shape of a table that was told anew, so that it fits what a row has shown. */
  corrected(
    relationOid: number,
    findings: readonly Finding[],
    transactionId: number | undefined,
  ): Promise<void>;
}

interface Told {
  readonly relation: Relation;
  readonly findings: readonly Finding[];
  readonly isRepeated: boolean;
}

export const createToldTables = (prepareRelation: PrepareRelation): ToldTables => {
  const tables = createRelationCache<CapturedTable | undefined>();
  const known = new Map<number, Told>();
  const prepare = async (told: Told, transactionId: number | undefined): Promise<void> => {
    const { relation, ...moment } = told;
    known.set(relation.oid, told);
    tables.set(relation.oid, await prepareRelation(relation, { ...moment, transactionId }));
  };
  return {
    get: tables.get,
    told: (relation, transactionId) =>
      prepare({ relation, findings: [], isRepeated: known.has(relation.oid) }, transactionId),
    corrected: async (relationOid, findings, transactionId) => {
      const told = known.get(relationOid);
      if (told === undefined) return;
      await prepare({ ...told, findings: [...told.findings, ...findings] }, transactionId);
    },
  };
};
