import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJava, javaMajor } from './java.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'java-test-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function installJava(version: string): string {
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin', 'java'), '');
  writeFileSync(join(home, 'release'), `JAVA_VERSION="${version}"\n`);
  return join(home, 'bin');
}

test('the major version is read from a release file and from what java -version prints', () => {
  expect(javaMajor('IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n')).toBe(17);
  expect(javaMajor('openjdk version "25" 2025-09-16\n')).toBe(25);
  expect(javaMajor('java version "1.8.0_401"\n')).toBe(8);
  expect(javaMajor('')).toBeUndefined();
});

test('a missing Java is one sentence with the remedy', () => {
  expect(() => findJava({ PATH: home })).toThrow(
    expect.objectContaining({
      code: 'stack.java-missing',
      message: expect.stringMatching(
        /^No Java was found on the PATH: install Java 17.*external\.$/,
      ),
    }),
  );
});

test('a JAVA_HOME without a runtime is named', () => {
  expect(() => findJava({ JAVA_HOME: home })).toThrow(/JAVA_HOME is set, but .*bin\/java is not/);
});

test('a Java that is too old is refused, a new one found on the PATH', () => {
  const path = installJava('11.0.2');
  expect(() => findJava({ PATH: path })).toThrow(/bin\/java is Java 11: install Java 17/);
  writeFileSync(join(home, 'release'), 'JAVA_VERSION="21.0.1"\n');
  expect(findJava({ PATH: path }).command).toBe(join(path, 'java'));
});
