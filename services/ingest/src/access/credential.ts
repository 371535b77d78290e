/** What a request says of who sends it: a key, a token or a certificate. Whether it is true is authenticate.ts. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

export type Credential =
  | { readonly kind: 'key'; readonly token: string; readonly fromUrl: boolean }
  | { readonly kind: 'jwt'; readonly token: string }
  | { readonly kind: 'certificate'; readonly names: readonly string[] }
  | { readonly kind: 'other' };

/** Case does not count (RFC 9110, 11.1). */
const bearer = /^bearer +([^ ]+) *$/i;
/** Three parts in base64url; the signature is not empty. */
const jwtForm = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The first of: Authorization, X-Api-Key, `?key=`, the client's certificate. One that is there and cannot be read is
 * not passed over for the next: its sender would not learn that it is wrong.
 */
export const credentialOf = (request: IncomingMessage): Credential | undefined => {
  const { authorization, 'x-api-key': apiKey } = request.headers;
  if (authorization !== undefined) {
    const token = bearer.exec(authorization)?.[1];
    if (token === undefined) return { kind: 'other' };
    if (token.startsWith('mrk_')) return { kind: 'key', token, fromUrl: false };
    return jwtForm.test(token) ? { kind: 'jwt', token } : { kind: 'other' };
  }
  if (apiKey !== undefined) return { kind: 'key', token: String(apiKey), fromUrl: false };
  const fromUrl = keyInUrl(request.url ?? '');
  if (fromUrl !== undefined) return { kind: 'key', token: fromUrl, fromUrl: true };
  return certificateOf(request);
};

const keyInUrl = (url: string): string | undefined => {
  const query = url.indexOf('?');
  if (query === -1) return undefined;
  return new URLSearchParams(url.slice(query + 1)).get('key') ?? undefined;
};

const namesOfSocket = new WeakMap<object, readonly string[]>();

/** Of a certificate that the client CA vouches for; others are as good as none. */
const certificateOf = ({ socket }: IncomingMessage): Credential | undefined => {
  const tls = socket as Partial<TLSSocket>;
  if (tls.authorized !== true) return undefined;
  let names = namesOfSocket.get(socket);
  if (names === undefined) {
    names = certificateNames(tls.getPeerCertificate?.() ?? {});
    namesOfSocket.set(socket, names);
  }
  return names.length === 0 ? undefined : { kind: 'certificate', names };
};

/**
 * `CN=…` and the alternative names. Node writes alternative names as one text and quotes those that hold commas or
 * quotes; a text with a quote is not taken apart, so that no name can be made to look like two.
 */
export const certificateNames = (certificate: {
  readonly subject?: { readonly CN?: unknown };
  readonly subjectaltname?: string;
}): readonly string[] => {
  const commonName = certificate.subject?.CN;
  const alternative = certificate.subjectaltname ?? '';
  return [
    ...(typeof commonName === 'string' ? [`CN=${commonName}`] : []),
    ...(alternative === '' || alternative.includes('"') ? [] : alternative.split(', ')),
  ];
};
