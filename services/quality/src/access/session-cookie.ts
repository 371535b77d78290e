/** The cookie of a login, as text of HTTP (RFC 6265). Under TLS its name binds it to the host and to TLS (`__Host-`). */
export interface SessionCookie {
  /** Value of Set-Cookie. */
  set(word: string, ageSeconds: number): string;
  clear(): string;
  /** The word in a request's Cookie header. */
  read(header: string | undefined): string | undefined;
}

/** @param sameSite Strict: sent only where a page of ours asks; Lax: also when a link leads here */
export const createSessionCookie = (
  name: string,
  options: { readonly isSecure: boolean; readonly sameSite: 'Strict' | 'Lax' },
): SessionCookie => {
  const fullName = options.isSecure ? `__Host-${name}` : name;
  const attributes = `Path=/; HttpOnly; SameSite=${options.sameSite}${options.isSecure ? '; Secure' : ''}`;
  return {
    set: (word, ageSeconds) => `${fullName}=${word}; Max-Age=${ageSeconds}; ${attributes}`,
    clear: () => `${fullName}=; Max-Age=0; ${attributes}`,
    read: (header) => {
      for (const part of (header ?? '').split(';')) {
        const [key, value] = part.trim().split('=', 2);
        if (key === fullName && value !== undefined && value !== '') return value;
      }
      return undefined;
    },
  };
};
