import { describe, expect, test } from 'vitest';
import { nearestWord, suggestWord } from './nearest-word.ts';

describe('the nearest word', () => {
  test.each([
    ['ordrBy', 'orderBy'],
    ['oderBy', 'orderBy'],
    ['oredrBy', 'orderBy'],
    ['ORDERBY', 'orderBy'],
    ['dimesion', 'dimension'],
  ])('to %s is %s', (word, meant) => {
    expect(nearestWord(word, ['dimension', 'orderBy', 'partitionBy'])).toBe(meant);
  });

  test('is none when nothing is near', () => {
    expect(nearestWord('colour', ['dimension', 'orderBy'])).toBeUndefined();
  });

  test('is suggested, or else the known words are listed', () => {
    expect(suggestWord('roel', ['role', 'name'])).toBe('Did you mean role?');
    expect(suggestWord('colour', ['role', 'name'])).toBe('Known words: name, role.');
  });
});
