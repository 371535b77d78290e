import { expect, test } from 'vitest';
import { destination } from './warehouse-part.ts';

test('a place gets the name of the backup, and what is no place is refused before anything is written', () => {
  expect(destination("Disk('backups', '{name}')", 'b-1')).toBe("Disk('backups', 'b-1')");
  expect(destination("File('{name}')", "b'); DROP")).toBe("File('b____DROP')");
  expect(() => destination("File('fixed')", 'b')).toThrow('with {name} in it');
  expect(() => destination('/backups/{name}', 'b')).toThrow('with {name} in it');
});
