import type { ServiceProcess } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

/**
 * Every statement lies between rows: live, and once more while the service is down, so that the catalog is newer. Each case has a
 * schema of its own in one database, and one service captures them all.
 */
let cdc: CdcUnderTest;
let service: ServiceProcess;

interface Case {
  readonly name: string;
  /** Run before the service is there. */
  readonly setUp: readonly string[];
  /** Run while the service streams, or while it is down and reads them later. */
  readonly statements: readonly string[];
  judge(told: Told): Promise<void>;
}

/** What the topics of a case tell; its own schema where none is named. */
interface Told {
  readonly schema: string;
  readonly when: 'live' | 'down';
  changes(table: string): ReturnType<CdcUnderTest['changes']>;
  rows(table: string, schema?: string): Promise<readonly unknown[][]>;
  /** Of each record, the JSON of a field's type in the schema that the record names. */
  typesOf(table: string, field: string): Promise<readonly string[]>;
}

const run = async (schema: string, statements: readonly string[]): Promise<void> => {
  await cdc.database.query(`set search_path to ${schema}`);
  for (const statement of statements) await cdc.database.query(statement);
};
const toldOf = (schema: string, when: Told['when']): Told => {
  const changes = (table: string, from = schema) => cdc.changes(table, from);
  return {
    ...{ schema, when, changes },
    rows: async (table, from) =>
      (await changes(table, from))
        .filter(({ value }) => value?.source['snapshot'] === 'false')
        .map(({ key, value }) => [
          key === null ? null : Object.values(key),
          value?.op,
          value?.after ?? null,
        ]),
    typesOf: async (table, field) => {
      const texts = (await changes(table)).map(({ valueSchemaText }) => valueSchemaText ?? '');
      return texts.map((text) => {
        const row = JSON.parse(text).fields[0].type[1];
        const found = row.fields.find(({ name }: { name: string }) => name === field);
        return JSON.stringify(found?.type);
      });
    },
  };
};

const caseOf = (name: string, one: Omit<Case, 'name'>): Case => ({ name, ...one });

const cases: readonly Case[] = [
  caseOf(
    'columns added, renamed, retyped, dropped, several in one transaction with rows around each',
    {
      setUp: ['create table t (id int primary key, v varchar(5))', "insert into t values (1, 'a')"],
      statements: [
        "insert into t values (2, 'b')",
        `begin; insert into t values (3, 'c'); alter table t add w int not null default 7;
         insert into t values (4, 'd', 8); alter table t rename v to x; insert into t values (5, 'e', 9);
         alter table t alter w type text; insert into t values (6, 'f', 'ten');
         alter table t alter x type varchar(50); insert into t values (7, repeat('g', 20), 'ten');
         alter table t drop w; insert into t values (8, 'h'); commit`,
        "insert into t values (9, 'i')",
      ],
      judge: async ({ rows }) => {
        expect(await rows('t')).toEqual([
          [[2], 'c', { id: 2, v: 'b' }],
          [[3], 'c', { id: 3, v: 'c' }],
          [[4], 'c', { id: 4, v: 'd', w: 8 }],
          [[5], 'c', { id: 5, x: 'e', w: 9 }],
          [[6], 'c', { id: 6, x: 'f', w: 'ten' }],
          [[7], 'c', { id: 7, x: 'g'.repeat(20), w: 'ten' }],
          [[8], 'c', { id: 8, x: 'h' }],
          [[9], 'c', { id: 9, x: 'i' }],
        ]);
      },
    },
  ),
  caseOf('nulls of before a NOT NULL and behind one stay nulls, in old rows too', {
    setUp: [
      'create table t (id int primary key, n int, m int not null)',
      'alter table t replica identity full',
    ],
    statements: [
      'insert into t values (1, null, 1)',
      'alter table t alter m drop not null',
      'insert into t values (2, 5, null)',
      'update t set n = 6 where n is null',
      'update t set m = 2 where m is null',
      'alter table t alter n set not null',
      'alter table t alter m set not null',
      'insert into t values (3, 7, 3)',
    ],
    judge: async ({ changes, typesOf }) => {
      const records = await changes('t');
      expect(records.map(({ value }) => [value?.before ?? null, value?.after])).toEqual([
        [null, { id: 1, n: null, m: 1 }],
        [null, { id: 2, n: 5, m: null }],
        [
          { id: 1, n: null, m: 1 },
          { id: 1, n: 6, m: 1 },
        ],
        [
          { id: 2, n: 5, m: null },
          { id: 2, n: 5, m: 2 },
        ],
        [null, { id: 3, n: 7, m: 3 }],
      ]);
      expect((await typesOf('t', 'n')).at(-1)).toBe('"int"');
    },
  }),
  caseOf(
    'a label that an enum gets is allowed by the schema of the first row that has it, and a renamed one by those of before',
    {
      setUp: [
        "create type mood as enum ('sad')",
        'create domain feeling as mood',
        'create table t (id int primary key, m mood, a mood[], d feeling)',
      ],
      statements: [
        "insert into t values (1, 'sad', '{sad}', 'sad')",
        "alter type mood add value 'happy'",
        "insert into t values (2, 'sad', '{sad,happy}', 'sad')",
        "alter type mood add value 'wild'",
        "insert into t values (3, 'sad', '{}', 'wild')",
        "alter type mood rename value 'sad' to 'blue'",
        "insert into t values (4, 'blue', '{blue}', 'blue')",
      ],
      judge: async ({ rows, typesOf }) => {
        expect(
          (await rows('t')).map(([, , after]) => Object.values(after as object).slice(1)),
        ).toEqual([
          ['sad', ['sad'], 'sad'],
          ['sad', ['sad', 'happy'], 'sad'],
          ['sad', [], 'wild'],
          ['blue', ['blue'], 'blue'],
        ]);
        const written = [['sad'], ['sad', 'happy'], ['sad', 'wild'], ['blue']];
        const allowed = (await typesOf('t', 'm')).map(
          (type) => JSON.parse(type)[1]['connect.parameters'].allowed.split(',') as string[],
        );
        for (const [i, labels] of written.entries()) {
          expect(labels.filter((label) => !allowed[i]?.includes(label))).toEqual([]);
        }
      },
    },
  ),
  caseOf('types that are dropped since are what they were', {
    setUp: [
      "create type mood as enum ('sad', 'happy')",
      'create domain small as int',
      'create table t (id int primary key, m mood, a mood[], d small)',
    ],
    statements: [
      "insert into t values (1, 'sad', '{sad,happy}', 5)",
      'alter table t drop m, drop a, drop d',
      'drop type mood, small',
      'insert into t values (2)',
    ],
    judge: async ({ rows, typesOf }) => {
      expect(await rows('t')).toEqual([
        [[1], 'c', { id: 1, m: 'sad', a: ['sad', 'happy'], d: 5 }],
        [[2], 'c', { id: 2 }],
      ]);
      expect((await typesOf('t', 'm'))[0]).toContain('io.debezium.data.Enum');
    },
  }),
  caseOf('a replaced key is the key from the next row on', {
    setUp: [
      'create table t (id int not null, code text not null, constraint t_pk primary key (id))',
    ],
    statements: [
      "insert into t values (1, 'a')",
      'alter table t drop constraint t_pk, add constraint t_pk primary key (code)',
      "insert into t values (2, 'b')",
      "update t set id = 3 where code = 'b'",
      'alter table t drop constraint t_pk, add constraint t_pk primary key (code, id)',
      "insert into t values (4, 'c')",
      "delete from t where code = 'c'",
    ],
    judge: async ({ rows }) => {
      expect(await rows('t')).toEqual([
        [[1], 'c', { id: 1, code: 'a' }],
        [['b'], 'c', { id: 2, code: 'b' }],
        [['b'], 'u', { id: 3, code: 'b' }],
        [['c', 4], 'c', { id: 4, code: 'c' }],
        [['c', 4], 'd', null],
      ]);
    },
  }),
  caseOf('so it is under REPLICA IDENTITY FULL, where no message tells the key', {
    setUp: [
      'create table t (id int not null, code text not null, constraint t_pk primary key (id))',
      'alter table t replica identity full',
    ],
    statements: [
      "insert into t values (1, 'a')",
      "insert into t values (2, 'b')",
      `begin; alter table t drop constraint t_pk, add constraint t_pk primary key (code);
         insert into t values (3, 'c'); commit`,
      "update t set id = 4 where code = 'c'",
    ],
    judge: async ({ rows }) => {
      expect(await rows('t')).toEqual([
        [[1], 'c', { id: 1, code: 'a' }],
        [[2], 'c', { id: 2, code: 'b' }],
        [['c'], 'c', { id: 3, code: 'c' }],
        [['c'], 'u', { id: 4, code: 'c' }],
      ]);
    },
  }),
  caseOf('the identity changed to full, to an index and back tells old rows as it is then', {
    setUp: [
      'create table t (id int primary key, u text not null, n int)',
      'create unique index t_u on t (u)',
    ],
    statements: [
      "insert into t values (1, 'a', 1), (2, 'b', 1), (3, 'c', 1)",
      'alter table t replica identity full',
      'delete from t where id = 1',
      'alter table t replica identity using index t_u',
      'delete from t where id = 2',
      'alter table t replica identity default',
      'delete from t where id = 3',
    ],
    judge: async ({ changes }) => {
      const deleted = (await changes('t')).filter(({ value }) => value?.op === 'd');
      expect(deleted.map(({ key, value }) => [key, value?.before])).toEqual([
        [{ id: 1 }, { id: 1, u: 'a', n: 1 }],
        [{ u: 'b' }, { id: 0, u: 'b', n: null }],
        [{ id: 3 }, { id: 3, u: '', n: null }],
      ]);
    },
  }),
  caseOf('a table renamed, moved, dropped and made anew: each row goes where its table was', {
    setUp: [
      'create schema other',
      'create table t (id int primary key, v text)',
      'create table gone (id int primary key, v text not null)',
    ],
    statements: [
      "insert into t values (1, 'before')",
      'alter table t rename to s',
      "insert into s values (2, 'renamed')",
      'alter table s set schema other',
      "insert into other.s values (3, 'moved')",
      "insert into gone values (1, 'old')",
      'drop table gone',
      'create table gone (code text primary key)',
    ],
    judge: async ({ changes, rows, schema, when }) => {
      expect(await rows('t')).toEqual([[[1], 'c', { id: 1, v: 'before' }]]);
      expect(await rows('s')).toEqual([[[2], 'c', { id: 2, v: 'renamed' }]]);
      expect(await rows('s', 'other')).toEqual([[[3], 'c', { id: 3, v: 'moved' }]]);
      await expect
        .poll(
          () =>
            service.lines.some((line) => line.includes('new tables are captured')) ||
            when === 'down',
        )
        .toBe(true);
      await run(schema, ["insert into gone values ('new')"]);
      await cdc.caughtUp();
      expect((await rows('gone'))[0]).toEqual([[1], 'c', { id: 1, v: 'old' }]);
      const codes = (await changes('gone')).map(({ value }) => value?.after?.['code']);
      expect(codes).toContain('new');
    },
  }),
];

describe.each(['live', 'down'] as const)('%s:', (when) => {
  const env = { MILLRACE_CDC_SNAPSHOT_MODE: 'no_data', MILLRACE_CDC_TABLES_POLL: '200ms' };
  const schemaOf = (one: Case) => `case_${cases.indexOf(one)}`;
  beforeAll(async () => {
    cdc = await createCdcUnderTest('cdc_order');
    for (const one of cases) {
      await cdc.database.query(`create schema ${schemaOf(one)}`);
      await run(schemaOf(one), one.setUp);
    }
    service = await cdc.start(env);
    await service.ready();
    await cdc.caughtUp();
    if (when === 'down') await cdc.stopAll();
    for (const one of cases) await run(schemaOf(one), one.statements);
    if (when === 'down') {
      service = await cdc.start(env);
      await service.ready();
    }
    await cdc.caughtUp();
  });
  afterAll(() => cdc?.close());

  test.each(cases)('$name', (one) => one.judge(toldOf(schemaOf(one), when)));
});
