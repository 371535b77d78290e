import { quoteName, quoteText } from '../warehouse/sql-text.ts';
import {
  type AccessGrant,
  type AccessModel,
  analystProfile,
  profileSettings,
  quotaLimits,
  roleName,
} from './access-model.ts';

/**
 * The access model as statements for a server whose users are made by SQL. Each can be run again; a role's rights are
 * replaced as a whole and at once, so that nobody is without them meanwhile.
 */

/** What stands between GRANT and TO: `SELECT(a, b) ON db.view`. */
export const grantText = ({ access, database, table, columns }: AccessGrant): string => {
  const list = columns === undefined ? '' : `(${columns.map(quoteName).join(', ')})`;
  const name = (part: string) => (part === '*' ? '*' : quoteName(part));
  const on = table === '' ? name(database) : `${name(database)}.${name(table)}`;
  return access.map((one) => `${one}${list} ON ${on}`).join(', ');
};

const names = (list: readonly string[]): string => list.map(quoteName).join(', ');

const settingText = ({
  name,
  value,
  min,
  max,
}: ReturnType<typeof profileSettings>[number]): string =>
  [
    `${name} = ${value}`,
    ...(min === undefined ? [] : [`MIN ${min}`]),
    ...(max === undefined ? [] : [`MAX ${max}`]),
  ].join(' ');

/** Name of the row policy that shows a view whole, to those who may see it whole. */
export const wholePolicy = 'millrace_whole';
/** Name of the one for whoever has no role of ours: the platform itself, an administrator. */
export const othersPolicy = 'millrace_others';

const rowPolicies = ({ database, rowFilters }: AccessModel, onCluster: string): readonly string[] =>
  rowFilters.flatMap(({ view, unrestricted, restricted }) => {
    const policy = (name: string, where: string, to: string) =>
      `CREATE ROW POLICY OR REPLACE ${quoteName(name)}${onCluster} ON ${quoteName(database)}.${quoteName(view)} AS PERMISSIVE FOR SELECT USING ${where} TO ${to}`;
    const roles = restricted.map(({ role }) => role);
    return [
      policy(othersPolicy, '1', `ALL EXCEPT ${names(roles)}`),
      ...(unrestricted.length === 0 ? [] : [policy(wholePolicy, '1', names(unrestricted))]),
      ...restricted.map(({ role, where }) => policy(role, where, quoteName(role))),
    ];
  });

const users = (model: AccessModel, onCluster: string): readonly string[] =>
  model.users.flatMap(({ name, roles, sha256, doubleSha1, from }) => {
    const kind = sha256 === undefined ? 'double_sha1_hash' : 'sha256_hash';
    const host =
      from === undefined ? '' : ` HOST ${from.map((net) => `IP ${quoteText(net)}`).join(', ')}`;
    const identified = `IDENTIFIED WITH ${kind} BY ${quoteText(sha256 ?? doubleSha1 ?? '')}${host}`;
    const user = quoteName(name);
    const granted = names(roles.map(roleName));
    return [
      `CREATE USER IF NOT EXISTS ${user}${onCluster} ${identified}`,
      `ALTER USER ${user}${onCluster} ${identified}`,
      `GRANT${onCluster} ${granted} TO ${user} WITH REPLACE OPTION`,
      `ALTER USER ${user}${onCluster} DEFAULT ROLE ALL`,
    ];
  });

/** The statements in their order, without semicolons. `cluster`: run on every server of it. */
export const accessStatements = (model: AccessModel, cluster?: string): readonly string[] => {
  const onCluster = cluster === undefined ? '' : ` ON CLUSTER ${quoteText(cluster)}`;
  const limited = names(model.roles.filter(({ isLimited }) => isLimited).map(({ name }) => name));
  const quota = Object.entries(quotaLimits(model.limits)).map(([name, max]) => `${name} = ${max}`);
  return [
    ...model.roles.map(({ name }) => `CREATE ROLE IF NOT EXISTS ${quoteName(name)}${onCluster}`),
    // Policies first: no right on a view may stand before what restricts its rows.
    ...rowPolicies(model, onCluster),
    ...model.roles
      .filter(({ grants }) => grants.length > 0)
      .map(
        ({ name, grants }) =>
          `GRANT${onCluster} ${grants.map(grantText).join(', ')} TO ${quoteName(name)} WITH REPLACE OPTION`,
      ),
    `CREATE SETTINGS PROFILE OR REPLACE ${quoteName(analystProfile)}${onCluster} SETTINGS ${profileSettings(model.limits).map(settingText).join(', ')} TO ${limited}`,
    `CREATE QUOTA OR REPLACE ${quoteName(analystProfile)}${onCluster} KEYED BY user_name FOR INTERVAL 1 hour MAX ${quota.join(', ')} TO ${limited}`,
    ...users(model, onCluster),
  ];
};
