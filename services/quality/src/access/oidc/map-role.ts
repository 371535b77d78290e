/** From a person's claims to a role here. Pure; that the claims are true is provider.ts. */
import { MillraceError } from '@millrace/contracts';
import { type Role, roles } from '@millrace/operations';

export type RoleMap = readonly (readonly [value: string, role: Role])[];

/** Throws `config.access-invalid` that names the entry. */
export const parseRoleMap = (entries: readonly string[]): RoleMap =>
  entries.map((entry) => {
    const at = entry.lastIndexOf('=');
    const [value, role] = [entry.slice(0, at), entry.slice(at + 1)];
    if (at < 1 || !roles.includes(role as Role))
      throw new MillraceError(
        'config.access-invalid',
        `MILLRACE_QUALITY_OIDC_ROLES: '${entry}' is not <value>=${roles.join('|')}.`,
      );
    return [value, role as Role] as const;
  });

/** The values at the claim: a text is one, a list its texts; a claim whose own name has dots wins over a path. */
export const valuesOf = (
  claims: Readonly<Record<string, unknown>>,
  path: string,
): readonly string[] => {
  let found: unknown = claims[path];
  if (found === undefined) {
    found = claims;
    for (const name of path.split('.'))
      found =
        typeof found === 'object' && found !== null && Object.hasOwn(found, name)
          ? (found as Record<string, unknown>)[name]
          : undefined;
  }
  if (typeof found === 'string') return [found];
  return Array.isArray(found) ? found.filter((value) => typeof value === 'string') : [];
};

/** The highest role that a value gives; undefined: none does. */
export const roleOf = (values: readonly string[], map: RoleMap): Role | undefined =>
  roles.findLast((role) =>
    map.some(([value, given]) => given === role && (value === '*' || values.includes(value))),
  );
