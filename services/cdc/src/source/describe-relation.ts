/**
 * The shape of a table at the moment of a change. A relation message is of that moment and tells columns, types and
 * replica identity; it tells neither NOT NULL nor enum labels nor the key under REPLICA IDENTITY FULL. The catalog
 * tells those, but of now, which may be much later: the table may be altered since, or gone. So what it says is taken
 * where nothing speaks against it, then what is remembered, and the rows themselves have the last word: one that
 * does not fit comes with its findings, and the shape is made anew before the row is written.
 */
import type { Relation, RelationColumn } from '@millrace/pgoutput';
import type { Finding } from '../columns/avro-output.ts';
import type { TypeCatalog, TypeFacts } from '../columns/codec-for-type.ts';
import type { ColumnModes } from '../columns/column-modes.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import { type KeyFacts, readColumns, readKey, shapeOf } from './catalog.ts';
import { readTypes } from './catalog-types.ts';
import type { RememberedShapes } from './remembered-shapes.ts';
import type { SourceConnection } from './source-connection.ts';

export interface RelationMoment {
  /** What rows of the relation have shown that was not known. */
  readonly findings: readonly Finding[];
  /** The stream of this session has described the table before. */
  readonly isRepeated: boolean;
  /** The transaction that the message came in, 32 bits. */
  readonly transactionId: number | undefined;
}

/** The enum's labels of now, and those that were known and that rows show: renamed since. */
const withLabels = (
  facts: TypeFacts,
  before: TypeFacts | undefined,
  findings: readonly Finding[],
): TypeFacts => {
  if (facts.kind !== 'enum' || findings.length === 0) return facts;
  const shown = findings.flatMap((one) =>
    one.kind === 'label' && one.enumOid === facts.oid ? [one.label] : [],
  );
  const labels = [...(facts.labels ?? []), ...(before?.labels ?? []), ...shown];
  return { ...facts, labels: [...new Set(labels)] };
};

const typesOf = async (
  connection: SourceConnection,
  { columns }: Relation,
  remembered: RememberedShapes,
  findings: readonly Finding[],
): Promise<TypeCatalog> => {
  const wanted = columns.map(({ typeOid }) => typeOid);
  const present = await readTypes(connection, wanted);
  const types = new Map([...remembered.types, ...present]);
  // an enum that something else was made of may be gone, too
  return new Map(
    [...types].map(([oid, facts]) => [oid, withLabels(facts, remembered.types.get(oid), findings)]),
  );
};

/** Whether a transaction id comes before another on their circle of 32 bits. */
const isOlder = (one: number, other: number): boolean => ((one - other) | 0) < 0;

/**
 * The key where old rows hold every column, or none, and the message does not tell it. Whoever changes a row and
 * whoever replaces the key wait for each other, so the transaction that made the key of now is either not younger than
 * the row's, and the key is the row's; or younger, and the row had the key that was known before.
 */
const untoldKey = (
  key: KeyFacts | undefined,
  before: readonly string[] | undefined,
  { isRepeated, transactionId }: RelationMoment,
): readonly string[] => {
  if (key === undefined) return isRepeated ? [] : (before ?? []);
  if (before === undefined || transactionId === undefined) return key.names;
  return isOlder(transactionId, key.madeBy) ? before : key.names;
};

const keyOf = (
  relation: Relation,
  key: KeyFacts | undefined,
  before: readonly string[] | undefined,
  moment: RelationMoment,
): readonly string[] => {
  const { replicaIdentity } = relation;
  if (replicaIdentity === 'full' || replicaIdentity === 'nothing') {
    return untoldKey(key, before, moment);
  }
  const held = relation.columns.filter(({ identity }) => identity).map(({ name }) => name);
  // the message has the columns, the others their order; an index may hold more than the key
  const fits = (names: readonly string[] | undefined): boolean =>
    names?.every((name) => held.includes(name)) === true &&
    (replicaIdentity === 'index' ? names.length > 0 : names.length === held.length);
  if (key !== undefined && fits(key.names)) return key.names;
  return before !== undefined && fits(before) ? before : held;
};

/** The default of now, unless the column is of another type by now. */
const defaultTextOf = (
  now: Awaited<ReturnType<typeof readColumns>>,
  { name, typeOid }: RelationColumn,
): string | null => {
  const same = now.find((column) => column.name === name && Number(column.typeOid) === typeOid);
  return same?.defaultText ?? null;
};

/** Throws `cdc.source-unavailable`. */
export const describeRelation = async (
  connection: SourceConnection,
  relation: Relation,
  moment: RelationMoment,
  modes: ColumnModes,
  remembered: RememberedShapes,
): Promise<TableShape> => {
  const now = await readColumns(connection, relation.oid);
  const key = await readKey(connection, relation.oid);
  const before = remembered.of(relation.oid);
  const types = await typesOf(connection, relation, remembered, moment.findings);
  // a correction only loosens: what allowed nulls for the row does so still, whatever was altered meanwhile
  const wasNotNull = (name: string): boolean => before?.notNull.includes(name) ?? false;
  const mayBeNotNull = (name: string): boolean =>
    moment.findings.length === 0 ||
    (wasNotNull(name) &&
      !moment.findings.some((one) => one.kind === 'null' && one.column === name));
  const isNotNull = ({ name }: RelationColumn): boolean =>
    mayBeNotNull(name) && (now.find((column) => column.name === name)?.notNull ?? wasNotNull(name));
  const columns = relation.columns.map((column) => ({
    ...column,
    notNull: isNotNull(column),
    defaultText: defaultTextOf(now, column),
  }));
  const keyNames = keyOf(relation, key, before?.key, moment);
  remembered.remember(relation.oid, {
    // a key that was dropped leaves no trace of when: the next session takes it for gone
    key: key === undefined ? [] : keyNames,
    notNull: columns.filter(({ notNull }) => notNull).map(({ name }) => name),
    types: columns.flatMap(({ typeOid }) => madeOf(types, typeOid)),
  });
  return shapeOf(relation, columns, keyNames, types, modes);
};

/** The type and what it is made of. */
const madeOf = (types: TypeCatalog, typeOid: number): readonly TypeFacts[] => {
  const facts = types.get(typeOid);
  if (facts === undefined) return [];
  return facts.of === undefined ? [facts] : [facts, ...madeOf(types, facts.of)];
};
