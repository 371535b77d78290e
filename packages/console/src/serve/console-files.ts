/**
 * What dist holds, as answers to requests: files under their hashed names for ever, the page itself never from a cache, each in the
 * form that the browser takes. Knows nothing of a server; who serves it hands paths in and answers out.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { distDirectory, stampName } from '../build/places.ts';
import { notBuiltPage } from './not-built-page.ts';
import { securityHeaders } from './security-headers.ts';

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface ConsoleFiles {
  /**
   * @param path of the request, without its query
   * @param acceptEncoding the header's value
   * @returns undefined for what is neither a file nor a view of the console, e.g. a script of another build
   */
  answer(path: string, acceptEncoding?: string): Promise<ConsoleAnswer | undefined>;
}

const mediaTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  png: 'image/png',
};
const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const;

/** @param directory what was built; this package's own dist when left out */
export const openConsoleFiles = (directory: string = distDirectory): ConsoleFiles => {
  let known: { readonly stampMs: number; readonly names: ReadonlySet<string> } | undefined;

  /** Names of the files; read anew after a build. Only these are ever opened, whatever a path says. */
  const names = async (): Promise<ReadonlySet<string>> => {
    const stamp = await stat(join(directory, stampName)).catch(() => undefined);
    if (stamp === undefined) return new Set();
    if (known?.stampMs === stamp.mtimeMs) return known.names;
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const found = files.map((entry) => relative(directory, join(entry.parentPath, entry.name)));
    known = { stampMs: stamp.mtimeMs, names: new Set(found.filter((name) => name !== stampName)) };
    return known.names;
  };

  return {
    answer: async (path, acceptEncoding = '') => {
      const files = await names();
      if (files.size === 0) return isView(path) ? notBuilt() : undefined;
      const name = path.slice(1);
      const isFile = files.has(name) && name !== 'index.html';
      if (!isFile && !isView(path)) return undefined;
      const file = isFile ? name : 'index.html';
      const encoding = encodings.find(
        (one) => accepts(acceptEncoding, one.name) && files.has(file + one.suffix),
      );
      const body = await readFile(join(directory, file + (encoding?.suffix ?? '')));
      return {
        status: 200,
        headers: {
          ...securityHeaders,
          'content-type': mediaTypes[file.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
          'cache-control': file.startsWith('assets/')
            ? 'public, max-age=31536000, immutable'
            : 'no-cache',
          vary: 'accept-encoding',
          ...(encoding !== undefined && { 'content-encoding': encoding.name }),
        },
        body,
      };
    },
  };
};

/** A path of the page's own router: all but what the API and the login answer, and files of builds that are gone. */
const isView = (path: string): boolean =>
  !/^\/(api|auth)(\/|$)/.test(path) && !/^\/assets\//.test(path);

const accepts = (header: string, encoding: string): boolean =>
  header.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    return name === encoding && !parameters.includes('q=0');
  });

const notBuilt = (): ConsoleAnswer => ({
  status: 503,
  headers: {
    ...securityHeaders,
    'content-type': mediaTypes['html'] ?? '',
    'cache-control': 'no-store',
  },
  body: Buffer.from(notBuiltPage),
});
