/**
 * What one principal may do on Kafka, as plain values. Which rules a service needs is service-rules.ts; how they are written down for
 * Kafka's own tool and for Strimzi, acl-text.ts and strimzi-user.ts.
 */
export const aclOperations = [
  'Read',
  'Write',
  'Create',
  'Delete',
  'Alter',
  'Describe',
  'DescribeConfigs',
  'AlterConfigs',
] as const;
export type AclOperation = (typeof aclOperations)[number];

export const aclResources = ['topic', 'group', 'transactional-id'] as const;
export type AclResource = (typeof aclResources)[number];

/** Operations on one resource. Kafka takes Read, Write, Delete and Alter for Describe, too, and AlterConfigs for DescribeConfigs. */
export interface AclRule {
  readonly resource: AclResource;
  /** `*` as a literal name stands for all. */
  readonly name: string;
  /** `prefixed`: all that begin so. */
  readonly pattern: 'literal' | 'prefixed';
  readonly operations: readonly AclOperation[];
  /** For the reader of the list: what breaks without it. */
  readonly why: string;
}

export interface PrincipalRules {
  /** `ingest`, `cdc-flights`, …: what goes behind the prefix of the users' names. */
  readonly service: string;
  readonly rules: readonly AclRule[];
}

/** One line of Kafka's own: a rule that allows one operation from every host. */
export interface AclEntry {
  /** `User:…` */
  readonly principal: string;
  readonly resource: AclResource;
  readonly name: string;
  readonly pattern: AclRule['pattern'];
  readonly operation: AclOperation;
}

/** The rules of a principal one operation a line, each once. */
export const entriesOf = (principal: string, rules: readonly AclRule[]): readonly AclEntry[] => {
  const entries = rules.flatMap(({ resource, name, pattern, operations }) =>
    operations.map((operation) => ({ principal, resource, name, pattern, operation })),
  );
  return [...new Map(entries.map((entry) => [entryText(entry), entry])).values()];
};

/** For persons, and to tell entries apart: `User:x may Read topic events.shop.orders`. */
export const entryText = ({ principal, operation, resource, name, pattern }: AclEntry): string =>
  `${principal} may ${operation} ${resource} ${name}${pattern === 'prefixed' ? '…' : ''}`;
