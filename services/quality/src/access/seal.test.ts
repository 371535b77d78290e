import { expect, test } from 'vitest';
import { createSealer, parseKeys } from './seal.ts';

const [old, fresh] = ['a'.repeat(32), 'b'.repeat(32)] as const;
const sealerOf = (...keys: readonly string[]) => {
  const sealer = createSealer();
  sealer.setKeys(keys);
  return sealer;
};

test('what one service has sealed another opens that has the key, also when a new one stands before it; not without it', () => {
  const text = sealerOf(old).seal('session', { name: 'ada' });
  expect(text).toMatch(/^[\w-]+$/);
  expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('ada');
  expect(sealerOf(fresh, old).open('session', text)).toEqual({ name: 'ada' });
  expect(sealerOf(fresh).open('session', text)).toBeUndefined();
  expect(sealerOf(old).open('session', sealerOf(fresh, old).seal('session', {}))).toBeUndefined();
});

test('nothing else opens: another purpose, a changed byte, a part, other text', () => {
  const sealer = sealerOf(old);
  const text = sealer.seal('session', { role: 'viewer' });
  expect(sealer.open('login', text)).toBeUndefined();
  const bytes = Buffer.from(text, 'base64url');
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(sealer.open('session', changed.toString('base64url'))).toBeUndefined();
  }
  for (const part of ['', 'abc', text.slice(0, -4), 'ä'.repeat(50)])
    expect(sealer.open('session', part)).toBeUndefined();
  expect(createSealer().open('session', text)).toBeUndefined();
});

test('a file of keys may have comments, and is refused with a short key or none', () => {
  expect(parseKeys('f', `# new\n${fresh}\n\n  ${old}  \n`)).toEqual([fresh, old]);
  expect(() => parseKeys('f', '# none\n')).toThrow('f holds no key.');
  expect(() => parseKeys('f', 'short')).toThrow('32 characters');
});
