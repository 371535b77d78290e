import { expect, test } from 'vitest';
import { parseRoleMap, roleOf, valuesOf } from './map-role.ts';

const map = parseRoleMap(['data-ops=operator', 'cn=root,dc=x=admin', 'data=viewer']);

test.each([
  [[], undefined],
  [['strangers'], undefined],
  [['data'], 'viewer'],
  [['data', 'data-ops'], 'operator'],
  [['data', 'cn=root,dc=x'], 'admin'],
])('of %j the role is %s', (values, role) => {
  expect(roleOf(values, map)).toBe(role);
});

test('a star is for anybody, and lifts nobody who has more', () => {
  const open = parseRoleMap(['*=viewer', 'ops=admin']);
  expect(roleOf([], open)).toBe('viewer');
  expect(roleOf(['ops'], open)).toBe('admin');
});

test('values are found by name or by path, and what is no text is none', () => {
  const claims = { roles: 'a', 'x.y': ['b', 7], realm: { roles: ['c'] }, deep: null };
  expect(valuesOf(claims, 'roles')).toEqual(['a']);
  expect(valuesOf(claims, 'x.y')).toEqual(['b']);
  expect(valuesOf(claims, 'realm.roles')).toEqual(['c']);
  for (const absent of ['deep.er', 'realm.none', 'constructor', '__proto__.x'])
    expect(valuesOf(claims, absent)).toEqual([]);
});

test('an entry that is none is named', () => {
  for (const wrong of ['ops', '=admin', 'ops=root'])
    expect(() => parseRoleMap([wrong])).toThrow(wrong);
});
