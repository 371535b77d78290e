import type { Contract } from '../contract.ts';
import { dictionariesOf } from '../warehouse/dictionaries.ts';
import { rollupsOf } from '../warehouse/rollups.ts';
import { warehouseObjects } from '../warehouse/warehouse-objects.ts';
import { hasWarehouse, type WarehouseContract } from '../warehouse/warehouse-table.ts';
import type { AccessFile, AccessLimits, AccessUser } from './access-words.ts';
import { analystClassification, type Classification, mayRead } from './classification.ts';

/**
 * Who may do what in the warehouse, as plain values: made from the contracts, printed as SQL (access-sql.ts) or as
 * users.xml (access-xml.ts). Analysts get views, column by column; a column that is added later is nobody's until
 * access is applied again.
 */
export interface AccessGrant {
  readonly access: readonly string[];
  /** `*` for all, and for rights that belong to no database. */
  readonly database: string;
  readonly table: string;
  readonly columns?: readonly string[];
}

export interface AccessRole {
  readonly name: string;
  /** Whether limits and the quota of analysts hold for it. */
  readonly isLimited: boolean;
  readonly grants: readonly AccessGrant[];
}

/** Who sees which rows of a view; a view without one is seen whole. */
export interface RowFilter {
  readonly view: string;
  /** Roles that may read the view and see all rows. */
  readonly unrestricted: readonly string[];
  readonly restricted: readonly { readonly role: string; readonly where: string }[];
}

export interface AccessModel {
  readonly database: string;
  readonly roles: readonly AccessRole[];
  readonly rowFilters: readonly RowFilter[];
  readonly limits: AccessLimits;
  readonly users: readonly AccessUser[];
}

/** Profile and quota of everyone who reads. */
export const analystProfile = 'millrace_analyst';

export const roleName = (role: string): string => `millrace_${role}`;

/** System tables that the sink's probes read; without the right their metrics are absent. */
export const probedSystemTables = [
  ...['parts', 'merges', 'mutations', 'replicas', 'events', 'disks', 'dictionaries'],
  ...['view_refreshes', 'merge_tree_settings'],
] as const;

/** Read to describe a table; `system.tables` and `system.columns` are everyone's, these are not. */
const describingSystemTables = ['data_skipping_indices'] as const;

const systemGrants = (tables: readonly string[]): readonly AccessGrant[] =>
  tables.map((table) => ({ access: ['SELECT'], database: 'system', table }));

const selectGrants = (
  contract: WarehouseContract,
  database: string,
  level: Classification,
): readonly AccessGrant[] => {
  const levelOf = (name: string) =>
    contract.warehouse.columns.find((column) => column.name === name)?.classification ?? 'public';
  return warehouseObjects(contract).views.map(({ name: table, columns, isMasked }) => ({
    access: ['SELECT'],
    ...{ database, table },
    columns: columns
      .map(({ name }) => name)
      .filter((name) => isMasked || mayRead(level, levelOf(name))),
  }));
};

/**
 * What is counted of all rows, and dictionaries that hold them: for roles without a condition on rows. A
 * dictionary shows every column, so whoever looks up in it may read them all.
 */
const wholeGrants = (
  contract: WarehouseContract,
  database: string,
  level: Classification,
): readonly AccessGrant[] => {
  const readsAll = contract.warehouse.columns.every(({ classification }) =>
    mayRead(level, classification),
  );
  return [
    ...rollupsOf(contract).map(({ name: table }) => ({
      access: ['SELECT'],
      ...{ database, table },
    })),
    ...(readsAll ? dictionariesOf(contract) : []).map(({ name: table }) => ({
      access: ['dictGet'],
      ...{ database, table },
    })),
  ];
};

const readersOf = (
  contracts: readonly WarehouseContract[],
  database: string,
): readonly AccessRole[] => {
  const of = (name: string, some: readonly WarehouseContract[], level: Classification) => ({
    name: roleName(name),
    isLimited: true,
    grants: some.flatMap((contract) => [
      ...selectGrants(contract, database, level),
      ...wholeGrants(contract, database, level),
    ]),
  });
  const domains = [...new Set(contracts.map(({ domain }) => domain))].sort();
  const own = new Map<string, AccessGrant[]>();
  for (const contract of contracts)
    for (const { role, level, where } of contract.warehouse.readers ?? []) {
      const grants = own.get(role) ?? [];
      grants.push(...selectGrants(contract, database, level));
      if (where === undefined) grants.push(...wholeGrants(contract, database, level));
      own.set(role, grants);
    }
  return [
    of('analyst', contracts, analystClassification),
    of('analyst_confidential', contracts, 'confidential'),
    ...domains.map((domain) =>
      of(
        `reader_${domain}`,
        contracts.filter((contract) => contract.domain === domain),
        analystClassification,
      ),
    ),
    ...[...own]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([role, grants]) => ({ name: roleName(role), isLimited: true, grants })),
  ];
};

const everywhere = (...access: readonly string[]): AccessGrant => ({
  access,
  ...{ database: '*', table: '*' },
});

/** What the sink does: insert, read back, judge refused records (INSERT INTO FUNCTION null), probe. */
const sinkRole = (contracts: readonly WarehouseContract[], database: string): AccessRole => ({
  name: roleName('sink'),
  isLimited: false,
  grants: [
    ...contracts.flatMap((contract) =>
      warehouseObjects(contract).tables.map(({ name: table }) => ({
        access: table === contract.warehouse.table ? ['SELECT', 'INSERT'] : ['SELECT'],
        ...{ database, table },
      })),
    ),
    // it looks for the views that stand behind a table, whether they remember tokens, and for failed dictionaries
    {
      access: ['SHOW TABLES', 'SHOW COLUMNS', 'SHOW DICTIONARIES', 'SYSTEM SYNC REPLICA'],
      ...{ database, table: '*' },
    },
    everywhere('CREATE TEMPORARY TABLE', 'CLUSTER'),
    ...systemGrants([...describingSystemTables, ...probedSystemTables]),
  ],
});

/** What `contracts apply` and migrations do within the database; it also owns the views that analysts read through. */
const adminRole = (database: string): AccessRole => ({
  name: roleName('admin'),
  isLimited: false,
  grants: [
    {
      access: [
        ...['SHOW', 'SELECT', 'INSERT', 'ALTER', 'TRUNCATE', 'OPTIMIZE', 'dictGet'],
        ...['CREATE TABLE', 'CREATE VIEW', 'CREATE DICTIONARY'],
        ...['DROP TABLE', 'DROP VIEW', 'DROP DICTIONARY', 'SYSTEM SYNC REPLICA', 'SYSTEM VIEWS'],
      ],
      database,
      table: '*',
    },
    everywhere('CREATE TEMPORARY TABLE', 'CLUSTER', 'SYSTEM RELOAD DICTIONARY'),
    { access: ['TABLE ENGINE'], database: '*', table: '' },
    // a rollup is cut when the inserts of others that do not see it yet have ended
    ...systemGrants([...describingSystemTables, 'processes']),
  ],
});

const rowFiltersOf = (
  contracts: readonly WarehouseContract[],
  roles: readonly AccessRole[],
): readonly RowFilter[] =>
  contracts.flatMap((contract) => {
    const restricted = (contract.warehouse.readers ?? []).flatMap(({ role, where }) =>
      where === undefined ? [] : [{ role: roleName(role), where }],
    );
    if (restricted.length === 0) return [];
    return warehouseObjects(contract).views.map(({ name: view }) => ({
      view,
      restricted,
      unrestricted: roles
        .filter(({ grants }) => grants.some(({ table }) => table === view))
        .map(({ name }) => name)
        .filter((name) => restricted.every(({ role }) => role !== name)),
    }));
  });

/** The rights that contracts and the access file ask for, in one database. */
export const accessModel = (
  contracts: readonly Contract[],
  { limits, users }: AccessFile,
  database: string,
): AccessModel => {
  const withTables = contracts.filter(hasWarehouse);
  const roles = [
    ...readersOf(withTables, database),
    sinkRole(withTables, database),
    adminRole(database),
  ];
  return { database, roles, limits, users, rowFilters: rowFiltersOf(withTables, roles) };
};

/** Roles of users that the model does not have. */
export const unknownRoles = ({ roles, users }: AccessModel): readonly string[] => {
  const known = new Set(roles.map(({ name }) => name));
  return [...new Set(users.flatMap((user) => user.roles))].filter(
    (role) => !known.has(roleName(role)),
  );
};

/** A setting of the analysts' profile: its value, and how far a user may move it. */
export interface ProfileSetting {
  readonly name: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
}

/**
 * What one query may cost. The minimum is not decoration: for ClickHouse 0 means "no limit" and is below every maximum.
 * `readonly` 2 lets tools change settings; it cannot be changed itself.
 */
export const profileSettings = (limits: AccessLimits): readonly ProfileSetting[] => {
  const limited = (name: string, value: number) => ({ name, value, min: 1, max: value });
  return [
    { name: 'readonly', value: 2 },
    limited('max_memory_usage', limits.memoryBytes),
    limited('max_execution_time', limits.executionSeconds),
    limited('max_rows_to_read', limits.readRows),
    limited('max_result_rows', limits.resultRows),
    limited('max_threads', limits.threads),
    limited('max_concurrent_queries_for_user', limits.concurrentQueries),
    // memory that is not counted yet could exceed the limit by this much a thread
    { name: 'max_untracked_memory', value: 4_194_304, max: 4_194_304 },
  ];
};

/** What the queries of one user may cost within an hour, by ClickHouse's names. */
export const quotaLimits = (limits: AccessLimits): Readonly<Record<string, number>> => ({
  queries: limits.queriesPerHour,
  read_rows: limits.readRowsPerHour,
  execution_time: limits.executionSecondsPerHour,
});
