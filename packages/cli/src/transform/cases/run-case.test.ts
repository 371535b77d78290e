import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { delays, exampleContracts } from '../testing/example-transforms.ts';
import { parseCases } from './parse-cases.ts';
import { reportText } from './report-text.ts';
import { runCase } from './run-case.ts';

const contracts = exampleContracts();

const run = async (expected: string) => {
  const [one] = parseCases(
    `
- name: delays
  given:
    - flights.airports: { iata: ORD, name: O'Hare, city: Chicago, country: USA, latitude: 42, longitude: -88 }
    - flights.departed: &one { flight_id: F1, departed_at: 2001-01-01T10:01:00Z, delay_minutes: 5, distance_miles: 400, origin: ORD, destination: SFO }
    - flights.departed: { <<: *one, flight_id: F2, delay_minutes: 5000 }
    - flights.departed: { <<: *one, flight_id: F3, departed_at: 2001-01-01T10:10:00Z }
    - flights.departed: { <<: *one, flight_id: F4 }
  expect: ${expected}
`,
    'transforms/delays.cases.yaml',
  );
  return runCase(delays, contracts, one!);
};

test('a case that comes to what it expects has no differences; fields that it does not name are free', async () => {
  const { differences } = await run(`
    flights.delays_by_airport:
      - { airport: ORD, window_start: 2001-01-01T10:00:00Z, city: Chicago, flights: 1 }
    flights.refused_departures:
      - { flight_id: F2, reason: delay out of range }
    late: 1
`);
  expect(differences).toEqual([]);
});

test('what is different is told by record and field', async () => {
  const result = await run(`
    flights.delays_by_airport:
      - { airport: JFK, flights: 1 }
      - { airport: ORD }
    flights.refused_departures: []
`);
  expect(reportText('transforms/delays.cases.yaml', [result])).toMatchInlineSnapshot(`
    "transforms/delays.cases.yaml
      DIFFERENT    delays
          flights.delays_by_airport, record 1
            expected {"airport":"JFK"}
            came     {"airport":"ORD"}
          flights.delays_by_airport, record 2
            expected {"airport":"ORD"}
            came     nothing
          flights.refused_departures, record 1
            expected nothing
            came     {"flight_id":"F2","departed_at":"2001-01-01T10:01:00.000Z","delay_minutes":5000,"distance_miles":400,"origin":"ORD","destination":"SFO","reason":"delay out of range"}
          late
            expected 0
            came     1"
  `);
});

test('a field that the contract does not have is an error of the case', async () => {
  await expect(run('{ flights.delays_by_airport: [{ airprt: ORD }] }')).rejects.toMatchObject({
    code: 'transform.cases-invalid',
    message: expect.stringContaining('airprt'),
  });
});

test('the cases that docs/streams/testing.md shows come to what they expect', async () => {
  const page = readFileSync(
    new URL('../../../../../docs/streams/testing.md', import.meta.url),
    'utf8',
  );
  const [, text] = /^```yaml\n([\s\S]*?)^```/m.exec(page)!;
  for (const one of parseCases(text!, 'docs/streams/testing.md'))
    expect((await runCase(delays, contracts, one)).differences).toEqual([]);
});
