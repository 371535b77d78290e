import { expect, test } from 'vitest';
import { parseCases } from './parse-cases.ts';

const path = 'transforms/a.cases.yaml';

test('a case has steps and what they must come to', () => {
  const text = `
- name: one
  partitions: 2
  start: 2001-01-01T00:00:00Z
  given:
    - flights.departed: { origin: ORD }
      partition: 1
      time: 1000
    - flights.airports: null
      key: ORD
    - clock: 30 s
    - restart
    - close
  expect:
    flights.delays: [{ airport: ORD }, null]
    late: 2
`;
  expect(parseCases(text, path)).toEqual([
    {
      name: 'one',
      where: 'transforms/a.cases.yaml, case 1 (one)',
      partitions: 2,
      startMs: 978_307_200_000,
      given: [
        {
          kind: 'record',
          contract: 'flights.departed',
          value: { origin: 'ORD' },
          partition: 1,
          timeMs: 1000,
        },
        { kind: 'record', contract: 'flights.airports', value: null, key: 'ORD' },
        { kind: 'clock', byMs: 30_000 },
        { kind: 'restart' },
        { kind: 'close' },
      ],
      expected: {
        outputs: { 'flights.delays': [{ airport: 'ORD' }, null] },
        late: 2,
        rejected: 0,
        failed: 0,
      },
    },
  ]);
});

test.each([
  ['{', /^transforms\/a\.cases\.yaml: /],
  ['name: x', 'transforms/a.cases.yaml: it is not a list of cases'],
  ['- given: []', 'transforms/a.cases.yaml, case 1: it has no name'],
  ['- { name: x, givn: [] }', /case 1: 'givn' is not one of name, partitions/],
  ['- { name: x }', /case 1 \(x\): given is not a list of steps/],
  ['- { name: x, given: [{ a.b: {}, c.d: {} }] }', /step 1: it is not one record of one contract/],
  ['- { name: x, given: [{ clock: soon }] }', /step 1: 'soon' is no duration/],
  ['- { name: x, given: [{ a.b: {}, time: soon }] }', /step 1: 'soon' is no time/],
  ['- { name: x, given: [], partitions: 0 }', /partitions is not a number of partitions/],
  ['- { name: x, given: [], expect: { a.b: {} } }', /of a\.b it expects no list/],
])('what is wrong is told with file, case and step: %s', (text, message) => {
  expect(() => parseCases(text, path)).toThrow(message);
});
