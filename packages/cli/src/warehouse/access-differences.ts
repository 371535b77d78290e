/** The rights that contracts ask for against those that a server gives. Pure. */
import {
  type AccessGrant,
  type AccessModel,
  accessStatements,
  analystProfile,
  othersPolicy,
  profileSettings,
  quotaLimits,
  wholePolicy,
} from '@millrace/contracts';
import { type ObservedAccess, rightText } from './observe-access.ts';

export interface AccessDifference {
  readonly kind:
    | 'missing-role'
    | 'stale-role'
    | 'missing-right'
    | 'excess-right'
    | 'limit'
    | 'missing-policy'
    | 'stale-policy';
  readonly name: string;
  readonly line: string;
  /** A statement for a server with SQL users. */
  readonly remedy: string;
}

const rightsOf = (grants: readonly AccessGrant[]): ReadonlySet<string> =>
  new Set(
    grants.flatMap(({ access, database, table, columns }) =>
      access.flatMap((one) => {
        const at = [
          database === '*' && table !== '' ? null : database,
          table === '*' ? null : table,
        ] as const;
        return columns === undefined
          ? [rightText(one, ...at)]
          : columns.map((column) => rightText(one, ...at, column));
      }),
    ),
  );

const plainWhere = (where: string): string => where.replaceAll(/[\s`()]/g, '').toLowerCase();

const roleDifferences = (model: AccessModel, seen: ObservedAccess): readonly AccessDifference[] => {
  const statements = accessStatements(model);
  const granting = (role: string) =>
    statements.find((one) => one.startsWith('GRANT') && one.includes(` TO \`${role}\``)) ?? '';
  const wanted = model.roles.map(({ name }) => name);
  const stale = seen.roles.filter((name) => !wanted.includes(name));
  return [
    ...stale.map((name) => ({
      kind: 'stale-role' as const,
      ...{ name, line: 'no contract asks for this role any more' },
      remedy: `DROP ROLE \`${name}\``,
    })),
    ...model.roles.flatMap(({ name, grants }): AccessDifference[] => {
      if (!seen.roles.includes(name)) {
        return [
          { kind: 'missing-role', name, line: 'is missing', remedy: `CREATE ROLE \`${name}\`` },
        ];
      }
      const rights = rightsOf(grants);
      const given = new Set(
        seen.grants.filter(({ role }) => role === name).map(({ right }) => right),
      );
      const remedy = granting(name);
      return [
        ...[...rights]
          .filter((right) => !given.has(right))
          .map((right) => ({
            kind: 'missing-right' as const,
            ...{ name, line: `lacks ${right}`, remedy },
          })),
        ...[...given]
          .filter((right) => !rights.has(right))
          .map((right) => ({
            kind: 'excess-right' as const,
            ...{ name, line: `has ${right}, which no contract gives`, remedy },
          })),
      ];
    }),
  ];
};

const limitDifferences = (
  { limits }: AccessModel,
  { settings, quota }: ObservedAccess,
): readonly AccessDifference[] => {
  const text = (value: number | undefined) => (value === undefined ? null : String(value));
  const different = (line: string): AccessDifference => ({
    kind: 'limit',
    ...{ name: analystProfile, line },
    remedy: 'millrace warehouse access --apply',
  });
  const ofProfile = profileSettings(limits).flatMap(({ name, value, min, max }) => {
    const found = settings.find((one) => one.name === name);
    const isSame =
      found?.value === text(value) && found.min === text(min) && found.max === text(max);
    return isSame
      ? []
      : [different(`${name} is ${found?.value ?? 'not set'}, at most ${found?.max ?? 'anything'}`)];
  });
  const ofQuota = Object.entries(quotaLimits(limits)).flatMap(([name, max]) =>
    Number(quota?.[name] ?? Number.NaN) === max
      ? []
      : [different(`quota of ${name} an hour is ${quota?.[name] ?? 'not set'}`)],
  );
  return [...ofProfile, ...ofQuota];
};

const policyDifferences = (
  { database, rowFilters }: AccessModel,
  { policies, isStatic }: ObservedAccess,
): readonly AccessDifference[] => {
  if (isStatic) return [];
  const wanted = rowFilters.flatMap(({ view, restricted, unrestricted }) => [
    { view, name: othersPolicy, where: '1' },
    ...(unrestricted.length === 0 ? [] : [{ view, name: wholePolicy, where: '1' }]),
    ...restricted.map(({ role, where }) => ({ view, name: role, where })),
  ]);
  const missing = wanted.filter(
    (one) =>
      !policies.some(
        ({ name, view, where }) =>
          name === one.name && view === one.view && plainWhere(where) === plainWhere(one.where),
      ),
  );
  const stale = policies.filter(
    ({ name, view }) =>
      name.startsWith('millrace_') && !wanted.some((one) => one.name === name && one.view === view),
  );
  return [
    ...missing.map(({ name, view }) => ({
      kind: 'missing-policy' as const,
      ...{ name, line: `is missing on ${view}, or has another condition` },
      remedy: 'millrace warehouse access --apply',
    })),
    ...stale.map(({ name, view }) => ({
      kind: 'stale-policy' as const,
      ...{ name, line: `stands on ${view}, and no contract asks for it` },
      remedy: `DROP ROW POLICY \`${name}\` ON \`${database}\`.\`${view}\``,
    })),
  ];
};

/** Empty when the server gives what the contracts ask, and nothing besides. */
export const accessDifferences = (
  model: AccessModel,
  seen: ObservedAccess,
): readonly AccessDifference[] => [
  ...roleDifferences(model, seen),
  ...limitDifferences(model, seen),
  ...policyDifferences(model, seen),
];
