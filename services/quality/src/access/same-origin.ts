/**
 * Whether a request comes from a page of ours, as far as browsers tell: the guard against pages that use a login, or an
 * open service on one's own machine, in one's name. Programs are told apart by sending none of these headers.
 */
import type { IncomingHttpHeaders } from 'node:http';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

export interface OwnAddress {
  /** What people open, when it is not the Host that they ask. */
  readonly publicUrl: string | undefined;
  /** True where nobody has to log in, and it is known by which names people ask: of this machine, or `publicUrl`. */
  readonly checksHost: boolean;
}

/** Whether a port that is bound to this address is reached by this machine alone. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

/** Of the settings; `isOpen`: nobody has to log in. */
export const ownAddress = (
  { host, publicUrl }: { readonly host: string; readonly publicUrl: string | undefined },
  isOpen: boolean,
): OwnAddress => ({
  publicUrl,
  checksHost: isOpen && (isLoopback(host) || publicUrl !== undefined),
});

const nameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

/**
 * A page whose name was bound to 127.0.0.1 after it was loaded (DNS rebinding) is of the same origin to the browser; its
 * Host gives it away. Asked only where there is no login that the page would lack.
 */
export const isOwnHost = (
  { host = '' }: IncomingHttpHeaders,
  { publicUrl, checksHost }: OwnAddress,
): boolean =>
  !checksHost ||
  loopbackNames.has(nameOf(host)) ||
  (publicUrl !== undefined && new URL(publicUrl).host === host);

/** Whether what changes something may pass: a browser's request by the words of the browser, a program's as asked. */
export const isSameOrigin = (
  headers: IncomingHttpHeaders,
  { publicUrl }: OwnAddress,
  /** Of a request without any word of a browser. */
  orProgram: boolean,
): boolean => {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (origin !== undefined) {
    const from = URL.parse(origin);
    if (from === null) return false;
    return (
      from.host === host || (publicUrl !== undefined && from.origin === new URL(publicUrl).origin)
    );
  }
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return orProgram;
};
