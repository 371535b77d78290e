import { expect, test } from 'vitest';
import { exampleFiles, examplePaths, exampleWith } from '../testing/example-files.ts';
import type { ProjectFile } from './contract-files.ts';
import { parseProject } from './parse-project.ts';

const { departedOdcs, airportsOdcs } = examplePaths;

const aboutOf = (files: readonly ProjectFile[], id: string) => {
  const { contracts, problems } = parseProject(files);
  expect(problems).toEqual([]);
  return contracts.find((one) => one.id === id)!.about;
};

test('what the standard lets a contract say to people is in the contract', () => {
  const about = aboutOf(
    exampleWith(
      departedOdcs,
      'team:\n  name: flight-operations',
      [
        'team:',
        '  name: flight-operations',
        '  members:',
        '    - { username: ada, name: Ada, role: steward }',
        '    - { username: bob, dateOut: "2026-01-31" }',
      ].join('\n'),
    ),
    'flights.departed',
  );
  expect(about).toMatchObject({
    title: 'Flight departed',
    status: 'active',
    tags: ['flights', 'example'],
    usage: expect.stringContaining('Join origin'),
    limitations: expect.stringContaining('domestic'),
    members: [
      { username: 'ada', name: 'Ada', role: 'steward' },
      { username: 'bob', dateOut: '2026-01-31' },
    ],
    contacts: [{ channel: '#flight-operations', tool: 'slack' }],
    links: [{ type: 'businessDefinition' }],
    primaryKey: [],
  });
  expect(about.ending).toBeUndefined();
  expect(about.fields['flight_id']).toMatchObject({
    description: 'Identifies the departure; sending it again changes nothing.',
    examples: ['WN-417-2001-01-07'],
    isUnique: true,
  });
});

test('a primary key is told by position', () => {
  expect(aboutOf(exampleFiles(), 'flights.airports').primaryKey).toEqual(['iata']);
});

test('what a field is made of and how, and its name in the business, are kept', () => {
  const about = aboutOf(
    exampleWith(
      departedOdcs,
      '      - name: origin\n',
      [
        '      - name: origin',
        '        businessName: Airport of departure',
        '        tags: [place]',
        '        criticalDataElement: true',
        '        transformSourceObjects: [flights.airports.iata, legacy.AIRPORT]',
        '        transformDescription: Upper case.',
        '',
      ].join('\n'),
    ),
    'flights.departed',
  );
  expect(about.fields['origin']).toEqual({
    businessName: 'Airport of departure',
    description: 'IATA code of the airport of departure.',
    examples: ['ABQ'],
    tags: ['place'],
    sources: ['flights.airports.iata', 'legacy.AIRPORT'],
    references: ['airports.iata'],
    transform: 'Upper case.',
    classification: 'public',
    isUnique: false,
    isCritical: true,
  });
});

const ending = (date: string, replacedBy: string) =>
  exampleWith(
    departedOdcs,
    'slaProperties:',
    `slaProperties:\n  - { property: endOfLife, value: "${date}" }`,
  ).map((file) =>
    file.path === departedOdcs
      ? {
          ...file,
          text: file.text.replace(
            'identity: flight_id',
            `identity: flight_id\n      replacedBy: ${replacedBy}`,
          ),
        }
      : file,
  );

test('a contract that ends says when, and what comes after it', () => {
  expect(aboutOf(ending('2027-03-31', 'flights.airports'), 'flights.departed').ending).toEqual({
    ends: '2027-03-31',
    replacedBy: 'flights.airports',
  });
});

test.each([
  ['soon', 'flights.airports', 'date-unreadable'],
  ['2027-03-31', 'flights.airport', 'replacement-unknown'],
  ['2027-03-31', 'flights.departed', 'replacement-unknown'],
])('an end on %s that leads to %s is the problem %s', (date, replacedBy, rule) => {
  expect(parseProject(ending(date, replacedBy)).problems).toMatchObject([{ rule }]);
});

test('a primary key that is not the key of the stream is a problem', () => {
  const { problems } = parseProject(
    exampleWith(
      airportsOdcs,
      '      - name: name\n',
      '      - name: name\n        primaryKey: true\n        primaryKeyPosition: 2\n',
    ),
  );
  expect(problems).toMatchObject([
    { rule: 'primary-key-mismatch', message: expect.stringContaining('iata, name') },
  ]);
});
