/** Requests by the name of a host to a server that has another address, as a browser asks one that its resolver has led to an ingress. */
import { type IncomingHttpHeaders, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';

export interface EdgeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface EdgeRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whom to trust, PEM: the request is by TLS, and the certificate must be the host's. */
  readonly ca?: string;
}

/** Rejects when the connection cannot be made, or the certificate is not the host's. */
export const askEdge = (
  address: string,
  url: string,
  { method = 'GET', headers = {}, body, ca }: EdgeRequest = {},
): Promise<EdgeAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, pathname, search, protocol } = new URL(url);
    const options = {
      ...{ host: address, path: pathname + search, method, timeout: 30_000 },
      headers: { ...headers, host: hostname },
    };
    const secure = { ...options, port: 443, servername: hostname, ca };
    const outgoing = protocol === 'https:' ? overHttps(secure) : overHttp({ ...options, port: 80 });
    outgoing.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    outgoing.once('error', reject).end(body);
  });
