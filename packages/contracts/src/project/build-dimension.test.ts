import { describe, expect, test } from 'vitest';
import { topicConfig } from '../plan/topics.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { parseProject } from './parse-project.ts';

/** Rules that the example breaks once the warehouse section of a contract is this YAML. */
const rulesWith = (name: string, warehouse: string, source?: string): readonly string[] => {
  const files = exampleFiles().map((file) => {
    if (!file.path.endsWith(`${name}.odcs.yaml`)) return file;
    const text = file.text
      .replace(/warehouse:\n[\s\S]*$/, `warehouse: ${warehouse}\n`)
      .replace(/source: .*/, (line) => source ?? line);
    return { ...file, text };
  });
  return parseProject(files).problems.map(({ rule }) => rule);
};

describe('the words of a dimension', () => {
  test('history and dictionary are true, an object, or absent', () => {
    for (const words of [
      'history: true',
      'history: false',
      'history: { before: first, dictionary: { lifetime: 5min } }',
      'dictionary: {}',
      'dictionary: { lifetime: 10s, credentials: warehouse_reader }',
    ]) {
      expect(rulesWith('airports', `{ role: dimension, ${words} }`), words).toEqual([]);
    }
  });

  test('belong to a dimension alone', () => {
    expect(rulesWith('departed', '{ role: fact, orderBy: [origin], history: true }')).toEqual([
      'dimension-only',
    ]);
    expect(rulesWith('departed', '{ role: fact, orderBy: [origin], dictionary: {} }')).toEqual([
      'dimension-only',
    ]);
  });

  test('a lifetime that is no duration is refused', () => {
    expect(rulesWith('airports', '{ role: dimension, dictionary: { lifetime: soon } }')).toEqual([
      'duration-invalid',
    ]);
  });

  test('a field that is called as a column of the history is refused', () => {
    const files = exampleFiles().map((file) => ({
      ...file,
      text: file.text
        .replace('"name": "country"', '"name": "is_current"')
        .replace('- name: country', '- name: is_current')
        .replace('role: dimension', 'role: dimension\n        history: true'),
    }));
    expect(parseProject(files).problems.map(({ rule }) => rule)).toEqual(['column-reserved']);
  });
});

describe('an aggregate', () => {
  const derived = 'source: { kind: derived }\n      key: [flight_id]';

  test('is made of a derived stream and ordered by its key', () => {
    expect(rulesWith('departed', '{ role: aggregate }', derived)).toEqual([]);
    expect(rulesWith('departed', '{ role: aggregate, orderBy: [origin] }', derived)).toEqual([
      'dimension-order',
    ]);
  });

  test('has a topic that the broker stamps: results of an old year are not deleted as old', () => {
    const files = exampleFiles().map((file) => ({
      ...file,
      text: file.text.replace(/source: \{ kind: event \}/, derived),
    }));
    const topics = parseProject(files).contracts.map(({ topic }) => topicConfig(topic));
    expect(topics.map((config) => config['message.timestamp.type'])).toEqual([
      undefined,
      'LogAppendTime',
    ]);
  });

  test('is refused over events, which are no results', () => {
    expect(rulesWith('departed', '{ role: aggregate }')).toContain('aggregate-not-derived');
  });

  test('goes by a column that can be compared and is never null', () => {
    const by = (column: string) =>
      rulesWith('departed', `{ role: aggregate, versionBy: ${column} }`, derived);
    expect(by('delay_minutes')).toEqual([]);
    expect(by('origin')).toEqual(['version-unfit']);
  });
});
