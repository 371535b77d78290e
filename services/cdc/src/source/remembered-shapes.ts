/**
 * What the catalog said of captured tables when it was asked, kept in the state log as `shape/<oid>`: the log that is
 * read may be older than the catalog, and a table, a type or a key that rows still speak of may be gone from it.
 */
import { MillraceError } from '@millrace/contracts';
import type { TypeFacts } from '../columns/codec-for-type.ts';
import { type CatalogTable, readColumns, readKey } from './catalog.ts';
import { readTypes } from './catalog-types.ts';
import type { SourceConnection } from './source-connection.ts';

export interface RememberedShape {
  readonly key: readonly string[];
  /** Columns that allowed no null. */
  readonly notNull: readonly string[];
  /** Types of its columns that the server was not born with, and what they are made of. */
  readonly types: readonly TypeFacts[];
}

export interface RememberedShapes {
  of(tableOid: number): RememberedShape | undefined;
  /** By oid, of all tables. */
  readonly types: ReadonlyMap<number, TypeFacts>;
  /** A fact for the state log is made where it says something new. */
  remember(tableOid: number, shape: RememberedShape): void;
}

const PREFIX = 'shape/';
const VERSION = 1;
/** Oids below are given at initdb: these types are never gone. */
const FIRST_OWN_OID = 16_384;

const decode = (key: string, value: Buffer): RememberedShape => {
  try {
    const { version, ...shape } = JSON.parse(value.toString('utf8'));
    if (version === VERSION) return shape as RememberedShape;
  } catch (cause) {
    throw new MillraceError('cdc.position-invalid', `the fact ${key} cannot be read`, { cause });
  }
  throw new MillraceError('cdc.position-invalid', `the fact ${key} has another form`);
};

/** Throws `cdc.position-invalid`. */
export const createRememberedShapes = (
  /** Facts of the state log; those of other kinds are passed over. */
  facts: ReadonlyMap<string, Buffer>,
  changed: (fact: string, value: Buffer) => void,
): RememberedShapes => {
  const texts = new Map<string, string>();
  const shapes = new Map<number, RememberedShape>();
  const types = new Map<number, TypeFacts>();
  const learn = (tableOid: number, shape: RememberedShape): void => {
    shapes.set(tableOid, shape);
    for (const facts of shape.types) types.set(facts.oid, facts);
  };
  for (const [key, value] of facts) {
    if (!key.startsWith(PREFIX)) continue;
    texts.set(key, value.toString('utf8'));
    learn(Number(key.slice(PREFIX.length)), decode(key, value));
  }
  return {
    of: (tableOid) => shapes.get(tableOid),
    types,
    remember: (tableOid, { key, notNull, types: all }) => {
      const own = new Map(
        all.filter(({ oid }) => oid >= FIRST_OWN_OID).map((one) => [one.oid, one]),
      );
      const shape = { key, notNull, types: [...own.values()] };
      learn(tableOid, shape);
      const fact = `${PREFIX}${tableOid}`;
      const text = JSON.stringify({ version: VERSION, ...shape });
      if (texts.get(fact) === text) return;
      texts.set(fact, text);
      changed(fact, Buffer.from(text));
    },
  };
};

/** Remembers tables that nothing is known of yet, as they are now. Throws `cdc.source-unavailable`. */
export const rememberNewTables = async (
  connection: SourceConnection,
  remembered: RememberedShapes,
  tables: readonly CatalogTable[],
): Promise<void> => {
  for (const { oid } of tables) {
    if (remembered.of(oid) !== undefined) continue;
    const columns = await readColumns(connection, oid);
    const types = await readTypes(
      connection,
      columns.map(({ typeOid }) => Number(typeOid)),
    );
    remembered.remember(oid, {
      key: (await readKey(connection, oid))?.names ?? [],
      notNull: columns.filter(({ notNull }) => notNull).map(({ name }) => name),
      types: [...types.values()],
    });
  }
};
