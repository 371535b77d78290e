import { expect, test } from 'vitest';
import { pathOf } from './url-state.ts';

test('a name in a path is read back by decodeURI as it was, as the router reads it', () => {
  for (const name of ['sink:0:51', 'a@b;c=d,e&f+g$h', 'ä b%3A', 'millrace.sink'])
    expect(decodeURI(pathOf('dead', name))).toBe(`/dead/${name}`);
});

test('what would end a segment stays encoded', () => {
  expect(pathOf('lag', 'a/b?c#d')).toBe('/lag/a%2Fb%3Fc%23d');
});
