import { RegistryResponseError, registryError } from './registry-error.ts';

/**
 * The few resources of the registry's REST interface that the library does not reach. One request, no
 * retries. Source: Confluent Schema Registry API reference; Apicurio's `ccompat` serves the same.
 */
export interface RegistryRequest {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Path segments, not yet escaped. */
  readonly segments: readonly string[];
  readonly body?: unknown;
}

export interface RegistryRestOptions {
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly requestTimeoutMs: number;
}

const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Sends requests and parses answers; rejects with registry.* errors. */
export const connectRegistryRest = (
  options: RegistryRestOptions,
): ((request: RegistryRequest) => Promise<unknown>) => {
  const base = options.url.replace(/\/+$/, '');
  const headers: Record<string, string> = { 'content-type': CONTENT_TYPE, accept: CONTENT_TYPE };
  if (options.auth !== undefined) {
    const credentials = `${options.auth.username}:${options.auth.password}`;
    headers['authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  return async ({ method, segments, body }) => {
    const path = segments.map(encodeURIComponent).join('/');
    try {
      const response = await fetch(`${base}/${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(options.requestTimeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw responseError(response.status, text);
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw registryError(`${method} ${path}`, cause);
    }
  };
};

const responseError = (status: number, text: string): RegistryResponseError => {
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document === 'object' && document !== null && 'message' in document) {
      return new RegistryResponseError(status, String(document.message), true);
    }
  } catch {
    // Not the registry's own document: a proxy's page, or nothing.
  }
  return new RegistryResponseError(status, `status ${status}`, false);
};
