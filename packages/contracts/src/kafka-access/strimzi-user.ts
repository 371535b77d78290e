/**
 * Rules as Strimzi's KafkaUser, as plain values that print as YAML or JSON. How the user says who it is stands in `authentication`.
 * Source: Strimzi, Custom resource API reference, KafkaUser schema (kafka.strimzi.io/v1).
 */
import type { AclRule } from './acl-rule.ts';

export type StrimziAuthentication = 'tls' | 'tls-external' | 'scram-sha-512';

const types = { topic: 'topic', group: 'group', 'transactional-id': 'transactionalId' };
const patterns = { literal: 'literal', prefixed: 'prefix' };

/** @param cluster name of the Kafka resource that the user belongs to */
export const strimziUser = (
  user: string,
  rules: readonly AclRule[],
  cluster: string,
  authentication: StrimziAuthentication,
) => ({
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaUser',
  metadata: { name: user, labels: { 'strimzi.io/cluster': cluster } },
  spec: {
    authentication: { type: authentication },
    authorization: {
      type: 'simple',
      acls: rules.map(({ resource, name, pattern, operations }) => ({
        resource: { type: types[resource], name, patternType: patterns[pattern] },
        operations: [...operations],
        host: '*',
      })),
    },
  },
});
