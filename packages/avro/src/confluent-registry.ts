import { AsyncLocalStorage } from 'node:async_hooks';
import { type COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import type { RegisteredSchema, SubjectVersion } from './registry-client.ts';
import { registryError } from './registry-error.ts';

/**
 * @kafkajs/confluent-schema-registry as Millrace needs it: a deadline on each operation, the schema's
 * text instead of a compiled type, a version beside the latest id. It has no id cache of its own to rely
 * on; `schema-id-cache.ts` is in front of it.
 *
 * What it works around in the library (4.1.0): passing `retry` would change the defaults of every other
 * instance in the process, so it is not passed; there is no timeout; `getSchema` returns a compiled type
 * that has lost attributes outside Avro's (`connect.*`); `register` throws when the subject's level is not
 * the one it is told, and stores its result under the text that was sent, so reading has its own instance.
 */
export interface ConfluentRegistry {
  find(id: number): Promise<RegisteredSchema>;
  register(subject: string, schemaText: string, level: string | undefined): Promise<number>;
  latest(subject: string): Promise<SubjectVersion>;
}

export interface ConfluentRegistryOptions {
  readonly url: string;
  readonly auth?: { readonly username: string; readonly password: string };
  readonly requestTimeoutMs: number;
}

/** What one operation shares with the HTTP requests that the library makes for it. */
interface Operation {
  readonly signal: AbortSignal;
  /** The body of the last answer with a schema in it. */
  document?: Record<string, unknown>;
}

type Middleware = NonNullable<
  ConstructorParameters<typeof SchemaRegistry>[0]['middlewares']
>[number];

const operations = new AsyncLocalStorage<Operation>();

const answersWithSchema = new Set(['find', 'latestVersion']);

/** Hands the operation's signal to each request and keeps the body that the library would reduce. */
const operationMiddleware: Middleware = ({ resourceMethod }) => ({
  prepareRequest: async (next) => {
    const request = await next();
    const operation = operations.getStore();
    return operation === undefined ? request : request.enhance({ signal: operation.signal });
  },
  response: async (next) => {
    const response = await next();
    const operation = operations.getStore();
    if (operation !== undefined && answersWithSchema.has(resourceMethod)) {
      operation.document = response.data<Record<string, unknown>>();
    }
    return response;
  },
});

export const connectConfluentRegistry = (options: ConfluentRegistryOptions): ConfluentRegistry => {
  const connect = () =>
    new SchemaRegistry({
      host: options.url,
      middlewares: [operationMiddleware],
      ...(options.auth === undefined ? {} : { auth: options.auth }),
    });
  const reader = connect();
  const registrar = connect();

  /** Runs one library call under a deadline; every failure becomes a registry.* error. */
  const run = async <Result>(
    what: string,
    call: (operation: Operation) => Promise<Result>,
  ): Promise<Result> => {
    const operation: Operation = { signal: AbortSignal.timeout(options.requestTimeoutMs) };
    const { promise: expired, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(operation.signal.reason);
    operation.signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([operations.run(operation, () => call(operation)), expired]);
    } catch (cause) {
      throw registryError(what, cause);
    } finally {
      operation.signal.removeEventListener('abort', onAbort);
    }
  };

  return {
    find: (id) =>
      run(`schema id ${id}`, async (operation) => {
        try {
          await reader.getSchema(id);
        } catch (cause) {
          // The text is there but avsc cannot compile it: the caller decides what that means.
          if (operation.document === undefined) throw cause;
        }
        return { id, schemaText: String(operation.document?.['schema']) };
      }),

    register: (subject, schemaText, level) =>
      run(`subject ${subject}`, async () => {
        const { id } = await registrar.register(
          { type: SchemaType.AVRO, schema: schemaText },
          { subject, compatibility: (level ?? 'NONE') as COMPATIBILITY, updateConfig: false },
        );
        return id;
      }),

    latest: (subject) =>
      run(`subject ${subject}`, async (operation) => {
        const id = await reader.getLatestSchemaId(subject);
        const document = operation.document ?? {};
        const version = Number(document['version']);
        return { subject, id, version, schemaText: String(document['schema']) };
      }),
  };
};
