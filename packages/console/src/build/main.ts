/** `npm run build -w @millrace/console`: builds the console, needed or not. */
import { buildConsole } from './build-console.ts';

await buildConsole();
