import { expect, test } from 'vitest';
import { serverProperties } from './kafka.ts';

test('the broker listens on the given ports, makes no topics by itself and forgets sessions soon', () => {
  const lines = serverProperties(9092, 9093, '/data/kafka').split('\n');
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093');
  expect(lines).toContain('auto.create.topics.enable=false');
  expect(lines).toContain('broker.session.timeout.ms=6000');
});

test('a directory is written as Java reads it, whatever letters its name has', () => {
  const lines = serverProperties(9092, 9093, '/data/zü rich 🏔/a\\b').split('\n');
  expect(lines).toContain(String.raw`log.dirs=/data/z\u00fc rich \ud83c\udfd4/a\\b`);
});
