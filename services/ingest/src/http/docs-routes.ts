/**
 * The docs of the API where the API is: `/v1/openapi.json`, `/v1/openapi.yaml`, and at `/` a page to read and to try
 * it, out of this machine's files alone. What the document says is openapi/.
 */
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { openApiDocument } from '../openapi/document.ts';
import type { Stream } from '../stream.ts';
import type { StreamCatalog } from '../stream-catalog.ts';
import type { Admission } from './admit.ts';
import type { Answer } from './answer.ts';
import { send } from './send.ts';

/** The page may load and ask for nothing but what this door serves. Swagger UI sets styles on elements. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const swagger = (file: string) => fileURLToPath(import.meta.resolve(`swagger-ui-dist/${file}`));
const own = (file: string) => fileURLToPath(new URL(`../../page/${file}`, import.meta.url));

/** What the page consists of, by path. */
const files = {
  '/': { path: own('index.html'), type: 'text/html; charset=utf-8' },
  '/docs/page.js': { path: own('page.js'), type: 'text/javascript; charset=utf-8' },
  '/docs/page.css': { path: own('page.css'), type: 'text/css; charset=utf-8' },
  '/docs/swagger-ui.css': { path: swagger('swagger-ui.css'), type: 'text/css; charset=utf-8' },
  '/docs/swagger-ui.js': {
    path: swagger('swagger-ui-bundle.js'),
    type: 'text/javascript; charset=utf-8',
  },
  '/favicon.ico': { path: swagger('favicon-32x32.png'), type: 'image/png' },
} as const;

/** The document tells of the streams that whoever asks may send to; the page itself tells nothing and is for all. */
export const registerDocsRoutes = (
  server: FastifyInstance,
  catalog: StreamCatalog,
  admission: Admission,
): void => {
  const seenBy = async (request: FastifyRequest): Promise<readonly Stream[] | Answer> => {
    const admitted = await admission.admit(request);
    if ('status' in admitted) return admitted;
    return catalog.streams.filter(({ contract }) => admission.may(admitted, contract.id));
  };
  // Made anew each time: streams may open later than the door.
  server.get('/v1/openapi.json', async (request, reply) => {
    const seen = await seenBy(request);
    if ('status' in seen) return send(reply, seen);
    return reply
      .type('application/openapi+json; charset=utf-8')
      .send(JSON.stringify(openApiDocument(seen)));
  });
  server.get('/v1/openapi.yaml', async (request, reply) => {
    const seen = await seenBy(request);
    if ('status' in seen) return send(reply, seen);
    return reply
      .type('application/openapi+yaml; charset=utf-8')
      .send(stringify(openApiDocument(seen), { aliasDuplicateObjects: false }));
  });
  for (const [path, { path: file, type }] of Object.entries(files))
    server.get(path, async (_request, reply) => sendFile(reply, file, type));
};

const sendFile = (reply: FastifyReply, file: string, type: string) =>
  reply
    .headers({
      'content-security-policy': contentSecurityPolicy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'max-age=3600',
    })
    .type(type)
    .send(createReadStream(file));
