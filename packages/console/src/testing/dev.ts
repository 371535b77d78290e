/**
 * `npm run dev -w @millrace/console`: the console as one works on it, by Vite, over the fixture, or over a real service when
 * MILLRACE_QUALITY_URL names one.
 */
import { createServer } from 'vite';
import { distDirectory } from '../build/places.ts';
import { viteConfig } from '../build/vite-config.ts';
import { startFixtureServer } from './fixture-server.ts';

const service = process.env['MILLRACE_QUALITY_URL'] ?? (await startFixtureServer()).url;
const server = await createServer({
  ...viteConfig(distDirectory),
  logLevel: 'info',
  server: { proxy: { '/api': service, '/auth': service } },
});
await server.listen();
server.printUrls();
console.log(`  answers of ${service}`);
