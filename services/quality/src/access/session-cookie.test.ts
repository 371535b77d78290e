import { expect, test } from 'vitest';
import { createSessionCookie } from './session-cookie.ts';

test('under TLS a cookie is bound to the host and to TLS; without, it is plain', () => {
  const secure = createSessionCookie('s', { isSecure: true, sameSite: 'Strict' });
  expect(secure.set('w', 9)).toBe(
    '__Host-s=w; Max-Age=9; Path=/; HttpOnly; SameSite=Strict; Secure',
  );
  expect(secure.read('a=b; __Host-s=w')).toBe('w');
  expect(secure.read('s=w')).toBeUndefined();
  const plain = createSessionCookie('s', { isSecure: false, sameSite: 'Lax' });
  expect(plain.clear()).toBe('s=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax');
  for (const header of [undefined, '', 's', 's=', 'xs=w'])
    expect(plain.read(header)).toBeUndefined();
});
