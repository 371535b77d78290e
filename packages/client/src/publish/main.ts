/** `npm run build`: makes dist/, which `npm publish ./dist` takes. */
import { fileURLToPath } from 'node:url';
import { buildPackage } from './build-package.ts';

const directory = fileURLToPath(new URL('../../dist', import.meta.url));
await buildPackage(directory);
console.log(`Built ${directory}.`);
