import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkAgainstGit } from './check.ts';
import { readingFiles, type StreamChange, standardFields } from './testing/project-fixture.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-check-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);

const write = (change?: StreamChange) => {
  for (const { path, text } of readingFiles('plant', change)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
};

const commit = (change?: StreamChange) => {
  write(change);
  git('add', '.');
  git('commit', '-q', '-m', 'contracts');
};

const breaking = { fields: [...standardFields, { name: 'battery', type: 'int' }] };

describe('contracts check', () => {
  test('finds a change that breaks readers of the last committed version', async () => {
    git('init', '-q');
    commit();
    write(breaking);
    const { problems, compared, against } = await checkAgainstGit(directory, 'HEAD');
    expect({ compared, against }).toEqual({ compared: 1, against: 'git HEAD' });
    expect(problems).toMatchObject([
      {
        file: 'schemas/plant/reading.avsc',
        field: 'battery',
        rule: 'field-added-without-default',
        line: expect.any(Number),
      },
    ]);
  });

  test('compares with any commit that is named', async () => {
    git('init', '-q');
    commit();
    git('tag', 'before');
    commit(breaking);
    expect((await checkAgainstGit(directory, 'HEAD')).problems).toEqual([]);
    expect((await checkAgainstGit(directory, 'before')).problems).toHaveLength(1);
    await expect(checkAgainstGit(directory, 'nowhere')).rejects.toMatchObject({
      code: 'contracts.reference-unknown',
    });
  });

  test('says so when there is nothing to compare with', async () => {
    write();
    const outside = await checkAgainstGit(directory, 'HEAD');
    expect(outside).toMatchObject({ problems: [], compared: 0 });
    expect(outside.against).toMatch(/^nothing/);
    git('init', '-q');
    expect((await checkAgainstGit(directory, 'HEAD')).against).toMatch(/^nothing/);
  });

  test('takes a stream that is new since the commit as it is', async () => {
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'empty');
    write();
    expect(await checkAgainstGit(directory, 'HEAD')).toMatchObject({ problems: [], compared: 0 });
  });

  test('reports every problem of the files, not the first alone', async () => {
    write({ orderBy: ['senzor'], partitionBy: 'toYYYYMM(now())', ttl: 'nothing + INTERVAL 1 DAY' });
    const { problems } = await checkAgainstGit(directory, 'HEAD');
    expect(problems.map(({ rule }) => rule).sort()).toEqual([
      'expression-unstable',
      'unknown-column',
      'unknown-column',
    ]);
  });
});
