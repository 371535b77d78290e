/** The one way to a stack, whatever it is made of. A backend is loaded when it is asked for. */
import type { RunningStack, StackEndpoints, StackOptions } from './stack.ts';

export type StackBackend = 'embedded' | 'containers' | 'external';

export type StartStackOptions =
  | ({ readonly backend: 'embedded' | 'containers' } & StackOptions)
  | ({ readonly backend: 'external'; readonly endpoints: StackEndpoints } & Pick<
      StackOptions,
      'onProgress'
    >);

/**
 * Resolves when Kafka, the registry, PostgreSQL and ClickHouse answer.
 * @throws a MillraceError `stack.…` whose message is one sentence with its remedy
 */
export async function startStack(options: StartStackOptions): Promise<RunningStack> {
  switch (options.backend) {
    case 'embedded': {
      const { startEmbeddedStack } = await import('./embedded/embedded-stack.ts');
      return startEmbeddedStack(options);
    }
    case 'containers': {
      const { startContainerStack } = await import('./containers.ts');
      return startContainerStack(options);
    }
    case 'external': {
      const { connectExternalStack } = await import('./external.ts');
      return connectExternalStack(options);
    }
  }
}
