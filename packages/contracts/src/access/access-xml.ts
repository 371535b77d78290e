import {
  type AccessModel,
  analystProfile,
  profileSettings,
  quotaLimits,
  roleName,
} from './access-model.ts';
import { grantText } from './access-sql.ts';
import type { AccessUser } from './access-words.ts';

/**
 * The access model as a file of users.d, for a server that reads its users at start: the embedded one, and those whose
 * administrators keep users in files. There, profile, quota and row conditions belong to users and not to roles.
 */
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escaped = (text: string): string =>
  text.replaceAll(/[&<>]/g, (character) => entities[character] ?? character);

type Element = readonly [name: string, content: string | number | readonly Element[]];

const elementText = ([name, content]: Element, indent: string): string => {
  if (typeof content !== 'object') return `${indent}<${name}>${escaped(String(content))}</${name}>`;
  if (content.length === 0) return `${indent}<${name}/>`;
  const inside = content.map((one) => elementText(one, `${indent}  `)).join('\n');
  return `${indent}<${name}>\n${inside}\n${indent}</${name}>`;
};

const profile = ({ limits }: AccessModel): Element => {
  const settings = profileSettings(limits);
  const constraints = settings.flatMap(({ name, min, max }): Element[] => {
    const bounds: Element[] = [
      ...(min === undefined ? [] : [['min', min] as const]),
      ...(max === undefined ? [] : [['max', max] as const]),
    ];
    return bounds.length === 0 ? [] : [[name, bounds]];
  });
  return [
    analystProfile,
    [...settings.map(({ name, value }): Element => [name, value]), ['constraints', constraints]],
  ];
};

const quota = ({ limits }: AccessModel): Element => [
  analystProfile,
  [
    ['keyed', []],
    ['interval', [['duration', 3600], ...Object.entries(quotaLimits(limits))]],
  ],
];

const queries = (list: readonly string[]): Element => [
  'grants',
  list.map((text): Element => ['query', text]),
];

/** The condition of a user on a view; undefined when a role shows it whole, or none shows it at all. */
const conditionOf = (
  { restricted, unrestricted }: AccessModel['rowFilters'][number],
  roles: readonly string[],
): string | undefined => {
  if (unrestricted.some((role) => roles.includes(role))) return undefined;
  const conditions = restricted.filter(({ role }) => roles.includes(role));
  if (conditions.length === 0) return undefined;
  return conditions.map(({ where }) => `(${where})`).join(' OR ');
};

const user = (model: AccessModel, one: AccessUser): Element => {
  const roles = one.roles.map(roleName);
  const isLimited = model.roles.some(({ name, isLimited: is }) => is && roles.includes(name));
  const filters = model.rowFilters.flatMap((filter): Element[] => {
    const condition = conditionOf(filter, roles);
    return condition === undefined ? [] : [[filter.view, [['filter', condition]]]];
  });
  return [
    one.name,
    [
      one.sha256 === undefined
        ? ['password_double_sha1_hex', one.doubleSha1 ?? '']
        : ['password_sha256_hex', one.sha256],
      ...(one.from === undefined
        ? []
        : ([['networks', one.from.map((net): Element => ['ip', net])]] as const)),
      ['profile', isLimited ? analystProfile : 'default'],
      ['quota', isLimited ? analystProfile : 'default'],
      queries(roles.map((role) => `GRANT ${role}`)),
      ...(filters.length === 0 ? [] : ([['databases', [[model.database, filters]]]] as const)),
    ],
  ];
};

/** The whole file. */
export const accessXml = (model: AccessModel): string => {
  const roles = model.roles.map(
    ({ name, grants }): Element => [
      name,
      [queries(grants.map((grant) => `GRANT ${grantText(grant)}`))],
    ],
  );
  const whole: Element = [
    'clickhouse',
    [
      ['profiles', [profile(model)]],
      ['quotas', [quota(model)]],
      ['roles', roles],
      ['users', model.users.map((one) => user(model, one))],
    ],
  ];
  return `<!-- Made by "millrace warehouse access" from the contracts; changed by making it again. -->\n${elementText(whole, '')}\n`;
};
