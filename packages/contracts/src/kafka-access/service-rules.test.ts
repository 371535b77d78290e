import { expect, test } from 'vitest';
import { withPlatformContracts } from '../platform/platform-contracts.ts';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import type { AccessInput, AccessSettings } from './access-input.ts';
import { entriesOf, entryText } from './acl-rule.ts';
import { aclCommands } from './acl-text.ts';
import { kafkaAccess } from './service-rules.ts';
import { strimziUser } from './strimzi-user.ts';

const settings: AccessSettings = {
  ...{ sinkGroup: 'millrace.sink', asksForKeys: false, hasSpool: false, followedSources: [] },
  ...{ captures: ['flights'], alertsTopic: '_millrace.quality.alerts' },
};
const input: AccessInput = {
  contracts: withPlatformContracts(parseProject(exampleFiles()).contracts),
  transforms: [
    { name: 'delays', reads: ['events.flights.departed'], writes: ['derived.flights.late'] },
  ],
  settings,
};
const rulesOf = (service: string, from: AccessInput = input) => {
  const rules = kafkaAccess(from).find((one) => one.service === service)?.rules ?? [];
  return entriesOf('User:x', rules).map(entryText);
};
const mayWrite = (service: string, topic: string): boolean =>
  rulesOf(service).includes(`User:x may Write topic ${topic}`);

test('each writes what is its own, and what others write it may read at most', () => {
  const topics = {
    'events.flights.departed': ['ingest', 'load'],
    'derived.flights.late': ['stream-transform', 'quality'],
    'dead.sink': ['sink', 'operator'],
    '_millrace.ingest.keys': ['operator'],
    '_millrace.quality.audit': ['quality'],
  };
  const services = kafkaAccess(input).map(({ service }) => service);
  for (const [topic, writers] of Object.entries(topics))
    expect(services.filter((service) => mayWrite(service, topic))).toEqual(writers);
});

test('who obeys gates may read them, and who tells how long records wait those between stages, too', () => {
  const gates = 'User:x may Read topic _millrace.stream.gates';
  for (const service of ['ingest', 'load', 'quality']) expect(rulesOf(service)).toContain(gates);
  expect(rulesOf('quality')).toContain('User:x may Read topic _millrace.transform.delays.…');
});

test('nobody may do anything with all topics or groups, but the watch, which sees how far they are', () => {
  const broad = kafkaAccess(input).flatMap(({ service, rules }) =>
    rules.filter(({ name }) => name === '*').map(({ operations }) => [service, operations]),
  );
  expect(broad).toEqual([
    ['quality', ['Describe']],
    ['quality', ['Describe']],
  ]);
});

test('a prefix ends where a name does: another source or transform is not under it', () => {
  const prefixed = kafkaAccess(input).flatMap(({ rules }) =>
    rules.filter(({ pattern }) => pattern === 'prefixed').map(({ name }) => name),
  );
  expect(prefixed.filter((name) => !/[.-]$/.test(name))).toEqual([]);
});

test('no operation is given that another one brings along', () => {
  const implied = {
    Describe: ['Read', 'Write', 'Delete', 'Alter'],
    DescribeConfigs: ['AlterConfigs'],
  };
  for (const { rules } of kafkaAccess(input)) {
    const byResource = Map.groupBy(
      rules,
      ({ resource, pattern, name }) => `${resource} ${pattern} ${name}`,
    );
    for (const some of byResource.values()) {
      const operations = new Set(some.flatMap((rule) => rule.operations));
      for (const [less, more] of Object.entries(implied))
        if (operations.has(less as 'Describe'))
          expect(more.filter((one) => operations.has(one as 'Read'))).toEqual([]);
    }
  }
});

test('what a setting switches on brings its rules, and nothing does so before', () => {
  const all: AccessSettings = {
    ...{ ...settings, asksForKeys: true, hasSpool: true, followedSources: ['prices'] },
    ...{ signalTopic: 'signals', notificationTopic: 'notices', outboxPrefix: 'outbox.event.' },
    lineageTopic: 'lineage',
  };
  const added = (service: string) => {
    const before = new Set(rulesOf(service));
    return rulesOf(service, { ...input, settings: all })
      .filter((rule) => !before.has(rule))
      .map((rule) => rule.replace('User:x may ', ''));
  };
  expect(added('ingest')).toEqual([
    ...['Read', 'Write', 'Create'].map((one) => `${one} topic _millrace.ingest.keys`),
    ...['Read', 'Write', 'Create'].map((one) => `${one} topic _millrace.ingest.spool`),
    'Write transactional-id millrace.ingest.spool-…',
    ...['Read', 'Write', 'Create', 'DescribeConfigs'].map(
      (one) => `${one} topic _millrace.ingest.positions`,
    ),
    'Read group millrace.ingest.sources',
    'Write transactional-id millrace.ingest.source.prices',
  ]);
  expect(added('cdc')).toContain('Write topic outbox.event.…');
  expect(added('quality')).toEqual(
    expect.arrayContaining(['Write topic signals', 'Write topic lineage']),
  );
  expect(added('sink')).toEqual([]);
});

test('several captures are principals of their own, each under its own topics', () => {
  const two = { ...input, settings: { ...settings, captures: ['flights', 'shop'] } };
  expect(kafkaAccess(two).map(({ service }) => service)).toEqual(
    expect.arrayContaining(['cdc-flights', 'cdc-shop']),
  );
  expect(rulesOf('cdc-shop', two).filter((rule) => rule.includes('flights'))).toEqual([]);
});

test('apply asks for the sink’s group where a rollup may wait for it, and not else', () => {
  expect(rulesOf('apply', input).filter((rule) => rule.includes(' group '))).toEqual([]);
  const [first] = input.contracts.filter(({ warehouse }) => warehouse?.role === 'fact');
  const rollups = [{ name: 'r', by: [], measures: [] }];
  const contract = { ...first!, warehouse: { ...first!.warehouse!, rollups } };
  expect(
    rulesOf('apply', { ...input, contracts: [contract] }).filter((rule) =>
      rule.includes(' group '),
    ),
  ).toEqual([expect.stringContaining(`Describe group ${settings.sinkGroup}`)]);
});

test('rules are written for Kafka’s tool and for Strimzi', () => {
  const rules = [
    { resource: 'topic', name: 'a b', pattern: 'prefixed', operations: ['Read'], why: '' },
  ] as const;
  expect(aclCommands("User:CN=it's", rules)).toEqual([
    `kafka-acls.sh --bootstrap-server "$BROKERS" --command-config "$ADMIN" --add --allow-principal 'User:CN=it'\\''s' --operation Read --topic 'a b' --resource-pattern-type prefixed`,
  ]);
  expect(strimziUser('x', rules, 'main', 'tls').spec.authorization.acls).toEqual([
    {
      resource: { type: 'topic', name: 'a b', patternType: 'prefix' },
      ...{ operations: ['Read'], host: '*' },
    },
  ]);
});
