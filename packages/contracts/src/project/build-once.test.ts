import { expect, test } from 'vitest';
import { exampleFiles } from '../testing/example-files.ts';
import { parseProject } from './parse-project.ts';

/** The departures with another identity, or none, shown once by it. */
const read = (identity: string) => {
  const files = exampleFiles().map((file) =>
    file.path.endsWith('departed.odcs.yaml')
      ? {
          ...file,
          text: file.text
            .replace(/ +identity: flight_id\n/, identity)
            .replace('role: fact', 'role: fact\n        dedup: identity'),
        }
      : file,
  );
  const { contracts, problems } = parseProject(files);
  const departed = contracts.find(({ name }) => name === 'departed');
  return { onceBy: departed?.warehouse?.onceBy, rules: problems.map(({ rule }) => rule) };
};

test('a fact is shown once by the columns of its identity', () => {
  expect(read('      identity: flight_id\n').onceBy).toEqual(['flight_id']);
  expect(read('      identity: [origin, flight_id]\n').onceBy).toEqual(['origin', 'flight_id']);
  expect(read('      identity: content\n').onceBy).toHaveLength(6);
});

test('without an identity of the contract there is nothing to go by', () => {
  expect(read('').rules).toEqual(['dedup-without-identity']);
});
