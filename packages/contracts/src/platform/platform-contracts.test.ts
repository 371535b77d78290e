import { expect, test } from 'vitest';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { platformFilesOf, withPlatformContracts } from './platform-contracts.ts';

const example = parseProject(exampleFiles()).contracts;
const ids = (contracts: readonly { readonly id: string }[]) => contracts.map(({ id }) => id);

test('a project with events that keeps what it rejects has the streams for it, without a file', () => {
  const own = withPlatformContracts(example).filter(({ domain }) => domain === 'millrace');
  expect(own).toMatchObject([
    {
      id: 'millrace.rejected_events',
      topic: { name: 'derived.millrace.rejected_events', retentionMs: 30 * 86_400_000 },
      warehouse: { view: 'millrace_rejected_events' },
    },
    { id: 'millrace.redriven_events' },
  ]);
  const content = own[0]?.warehouse?.columns.find(({ name }) => name === 'content');
  expect(content).toMatchObject({ type: 'String', classification: 'restricted' });
});

test('a project without events, or that drops them, has not', () => {
  const changes = example.filter(({ source }) => source.kind === 'change');
  expect(ids(withPlatformContracts(changes))).toEqual(ids(changes));
  const dropping = example.map((contract) => ({ ...contract, rejected: 'drop' as const }));
  expect(ids(withPlatformContracts(dropping))).toEqual(ids(example));
});

test('a project may say more of a platform stream, and not change its record', () => {
  const files = platformFilesOf('rejected_events')!;
  const longer = files.map(({ path, text }) => ({ path, text: text.replace('"30d"', '"90d"') }));
  const { contracts, problems } = parseProject([...exampleFiles(), ...longer]);
  expect(problems).toEqual([]);
  const [kept] = withPlatformContracts(contracts).filter(({ name }) => name === 'rejected_events');
  expect(kept?.warehouse?.ttl).toContain('toIntervalDay(90)');

  const changed = files.map(({ path, text }) => ({
    path,
    text: path.endsWith('.avsc') ? text.replace('"bytes"', '"string"') : text,
  }));
  expect(parseProject(changed).problems).toMatchObject([{ rule: 'platform-record-changed' }]);
});

test('the domain is the platform’s: other streams do not go there', () => {
  const moved = platformFilesOf('rejected_events')!.map(({ path, text }) => ({
    path: path.replace('rejected_events', 'mine'),
    text: text.replaceAll('rejected_events', 'mine'),
  }));
  expect(parseProject(moved).problems).toMatchObject([{ rule: 'domain-reserved' }]);
});

test('the canary is in a project that holds its files, and needs nothing else', () => {
  expect(ids(withPlatformContracts(example))).not.toContain('millrace.canary');
  const { contracts, problems } = parseProject(platformFilesOf('canary')!);
  expect(problems).toEqual([]);
  expect(withPlatformContracts(contracts)).toMatchObject([
    {
      ...{ id: 'millrace.canary', source: { kind: 'event' }, rejected: 'drop' },
      topic: { name: 'events.millrace.canary' },
      warehouse: { table: 'millrace_canary_raw' },
    },
  ]);
});
