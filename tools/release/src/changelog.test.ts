import { expect, test } from 'vitest';
import { notesOf, turnChangelog } from './changelog.ts';

const before = `# Changelog

## [Unreleased]

### Added

* a door

## [0.1.0] - 2026-01-01

* the first
`;

test('what was unreleased is the section of the version; a new empty part stands above it', () => {
  const { text, notes } = turnChangelog(before, '0.2.0', '2026-11-27');
  expect(notes).toBe('### Added\n\n* a door');
  expect(text).toBe(`# Changelog

## [Unreleased]

## [0.2.0] - 2026-11-27

### Added

* a door

## [0.1.0] - 2026-01-01

* the first
`);
});

test('the first release has nothing behind it', () => {
  const { text } = turnChangelog('## [Unreleased]\n\n* a\n', '0.1.0', '2026-11-27');
  expect(text).toContain('## [0.1.0] - 2026-11-27\n\n* a\n');
});

test.each([
  ['# Changelog\n', /has no/],
  ['## [Unreleased]\n\n## [0.1.0]\n\n* a\n', /nothing is under/],
  ['## [Unreleased]\n\n* b\n\n## [0.2.0]\n\n* a\n', /already/],
])('%j is refused', (text, message) => {
  expect(() => turnChangelog(text, '0.2.0', '2026-11-27')).toThrow(message);
});

test('what was new in a version is found again; of one that has no section nothing is said', () => {
  const { text, notes } = turnChangelog(before, '0.2.0', '2026-11-27');
  expect(notesOf(text, '0.2.0')).toBe(notes);
  expect(notesOf(text, '0.1.0')).toBe('* the first');
  expect(() => notesOf(text, '0.3.0')).toThrow(/no section 0\.3\.0/);
});
