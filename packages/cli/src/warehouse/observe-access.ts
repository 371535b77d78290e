/** What a server has of the access model's things: roles, rights, limits, row policies. Reads only. */
import type { ClickHouse } from '@millrace/clickhouse';
import { analystProfile } from '@millrace/contracts';

export interface ObservedAccess {
  readonly roles: readonly string[];
  /** One entry for each right of a role: `SELECT(a) ON db.view`. */
  readonly grants: readonly { readonly role: string; readonly right: string }[];
  /** Of the analysts' profile and quota, by ClickHouse's names. */
  readonly settings: readonly ObservedSetting[];
  readonly quota: Readonly<Record<string, string | null>> | undefined;
  /** Of the views of the database. Where users come from a file, a policy is named after its user. */
  readonly policies: readonly ObservedPolicy[];
  /** Whether roles come from a file, where the server can tell nothing of policies by role. */
  readonly isStatic: boolean;
}

export interface ObservedSetting {
  readonly name: string;
  readonly value: string | null;
  readonly min: string | null;
  readonly max: string | null;
}

export interface ObservedPolicy {
  readonly name: string;
  readonly view: string;
  readonly where: string;
}

interface GrantRow {
  readonly role: string;
  readonly access: string;
  readonly object: string;
  readonly database: string | null;
  readonly table: string | null;
  readonly column: string | null;
}

/** One spelling for a right, for the server's rows and for the contracts' grants. */
export const rightText = (
  access: string,
  database: string | null,
  table: string | null,
  column?: string | null,
): string =>
  `${access}${column == null ? '' : `(${column})`} ON ${database ?? '*'}${table === '' ? '' : `.${table ?? '*'}`}`;

const rightOf = ({ access, object, database, table, column }: GrantRow): string =>
  access === 'TABLE ENGINE'
    ? rightText(access, object === '' ? '*' : object, '')
    : rightText(access, database, table, column);

/** Rejects with the server's refusal for a user without SHOW ACCESS. */
export const observeAccess = async (
  clickhouse: ClickHouse,
  database: string,
): Promise<ObservedAccess> => {
  const ours = "startsWith(name, 'millrace_')";
  const [roles, grants, settings, quotas, policies] = await Promise.all([
    clickhouse.query<{ name: string; storage: string }>(
      `SELECT name, storage FROM system.roles WHERE ${ours} ORDER BY name`,
    ),
    clickhouse.query<GrantRow>(
      `SELECT role_name AS role, access_type AS access, access_object AS object, database, table, column
       FROM system.grants WHERE startsWith(ifNull(role_name, ''), 'millrace_') AND NOT is_partial_revoke`,
    ),
    clickhouse.query<ObservedSetting>(
      `SELECT setting_name AS name, value, min, max FROM system.settings_profile_elements
       WHERE profile_name = {profile: String}`,
      { profile: analystProfile },
    ),
    clickhouse.query<Record<string, string | null>>(
      `SELECT toString(max_queries) AS queries, toString(max_read_rows) AS read_rows, toString(max_execution_time) AS execution_time
       FROM system.quota_limits WHERE quota_name = {profile: String} AND duration = 3600`,
      { profile: analystProfile },
    ),
    clickhouse.query<ObservedPolicy>(
      `SELECT short_name AS name, table AS view, select_filter AS where FROM system.row_policies
       WHERE database = {database: String}`,
      { database },
    ),
  ]);
  return {
    roles: roles.map(({ name }) => name),
    grants: grants.map((row) => ({ role: row.role, right: rightOf(row) })),
    ...{ settings, quota: quotas[0], policies },
    isStatic: roles.some(({ storage }) => storage === 'users_xml'),
  };
};
