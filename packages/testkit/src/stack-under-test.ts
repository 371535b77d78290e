/** Where a test finds the stack that global-setup.ts started, or found, for the whole run. */
import type { StackEndpoints } from '@millrace/stack';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    readonly stack: StackEndpoints;
  }
}

/** Only inside a vitest project whose `globalSetup` is this package's global-setup.ts. */
export function stackUnderTest(): StackEndpoints {
  return inject('stack');
}
