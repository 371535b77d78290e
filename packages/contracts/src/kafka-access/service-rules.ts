/**
 * What each service's principal needs on Kafka, out of the contracts, the transforms and the settings, and nothing besides. That it is
 * enough, and that no line is idle, is proved on a broker by tests/long/principals.test.ts: a service that
 * comes to use another topic, group or transactional id fails there.
 */
import type { AccessInput } from './access-input.ts';
import type { PrincipalRules } from './acl-rule.ts';
import { applyRules } from './apply-rules.ts';
import { captureRules } from './capture-rules.ts';
import { ingestRules, loadRules } from './ingest-rules.ts';
import { operatorRules } from './operator-rules.ts';
import { qualityRules } from './quality-rules.ts';
import { sinkRules } from './sink-rules.ts';
import { transformRules } from './transform-rules.ts';

/** The principals of a project, each with its rules. A project without transforms or captures has none for them. */
export const kafkaAccess = (input: AccessInput): readonly PrincipalRules[] => {
  const { settings, transforms } = input;
  return [
    { service: 'ingest', rules: ingestRules(input) },
    ...settings.captures.map((source) => ({
      service: settings.captures.length === 1 ? 'cdc' : `cdc-${source}`,
      rules: captureRules(input, source),
    })),
    ...(transforms.length === 0
      ? []
      : [{ service: 'stream-transform', rules: transformRules(input) }]),
    { service: 'sink', rules: sinkRules(input) },
    { service: 'quality', rules: qualityRules(input) },
    { service: 'apply', rules: applyRules(input) },
    { service: 'load', rules: loadRules(input) },
    { service: 'operator', rules: operatorRules(input) },
  ];
};
