/** What `millrace access` prints, without a server; that it is enough and not too much is tests/long/principals.test.ts. */
import { fileURLToPath } from 'node:url';
import { type AclEntry, kafkaAccess } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { readAccessInput } from './access-input.ts';
import { compareEntries, namedRules } from './kafka-access.ts';
import { replicationSql, rolesSql } from './postgres-roles.ts';
import { subjectRules } from './registry-access.ts';

const project = fileURLToPath(new URL('../../../../', import.meta.url));
const input = await readAccessInput(project, { MILLRACE_SINK_GROUP: 'mine' });

test('the example’s transforms, captures and settings are found', () => {
  expect(input.settings).toMatchObject({
    ...{ sinkGroup: 'mine', captures: ['flights'], followedSources: [], asksForKeys: false },
  });
  expect(input.transforms).toContainEqual({
    name: 'delays_by_airport',
    reads: expect.arrayContaining(['events.flights.departed', 'changes.flights.public.airports']),
    writes: expect.arrayContaining(['derived.flights.delays_by_airport']),
  });
});

test('a principal has the name that it is given, and names of no service are misuse', () => {
  const all = kafkaAccess(input);
  const named = namedRules(all, {
    ...{ prefix: 'p-', service: ['sink', 'load'], principal: ['sink=User:CN=sink,O=x'] },
  });
  expect(named.map(({ principal }) => principal)).toEqual(['User:CN=sink,O=x', 'User:p-load']);
  for (const flags of [
    { service: ['snk'] },
    { principal: ['snk=User:x'] },
    { principal: ['sink'] },
  ])
    expect(() => namedRules(all, { prefix: '', ...flags })).toThrow(/snk|sink/);
});

test('missing and surplus are told apart', () => {
  const entry = (name: string): AclEntry => ({
    ...{ principal: 'User:x', name, operation: 'Read' },
    ...{ resource: 'topic', pattern: 'literal' },
  });
  expect(compareEntries([entry('a'), entry('b')], [entry('b'), entry('c')])).toEqual({
    missing: [entry('a')],
    surplus: [entry('c')],
  });
});

test('subjects are written by who makes schemas, and read by the others', () => {
  const rules = subjectRules(input);
  const writers = rules.filter(({ may }) => may === 'write').map(({ service }) => service);
  expect([...new Set(writers)]).toEqual(['cdc', 'quality', 'apply']);
  expect(rules).toContainEqual({
    ...{ service: 'ingest', may: 'read', subject: 'events.flights.departed-value' },
    pattern: 'literal',
  });
});

test('the roles of a database own nothing and write nothing; names are quoted', () => {
  const sql = rolesSql({
    ...{ source: 'shop', host: 'plain', capture: 'c"x', quality: 'q' },
    ...{ tables: ['public.orders', 'public.blind'], blind: ['public.blind'] },
    signalTable: 'public.signals',
  });
  const statements = sql.split('\n').filter((line) => line !== '' && !line.startsWith('--'));
  expect(statements).toContain('grant select on "public"."signals" to "c""x";');
  expect(statements).toContain('grant select on "public"."orders" to "q";');
  const grants = statements.filter((one) => one.startsWith('grant'));
  expect(grants.filter((one) => !/^grant (select|usage) on /.test(one))).toEqual([]);
  expect(sql).toContain('nosuperuser nocreatedb nocreaterole');
  expect(sql).toContain(
    'create publication "millrace_shop" for table "public"."orders", "public"."signals"',
  );
  expect(replicationSql('r', 'aws')).toBe('grant rds_replication to "r";');
});
