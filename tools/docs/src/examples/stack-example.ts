/** The example in packages/stack/README.md, as it stands there; the package's own tests start stacks, this one is compiled. */
import { startStack } from '@millrace/stack';

const stack = await startStack({ backend: 'embedded' });
console.log(stack.endpoints); // kafkaBrokers, registryUrl, postgresUrl, clickhouseUrl
await stack.stop();
