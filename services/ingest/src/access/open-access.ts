/** Builds what checks who sends, out of the settings. Not built at all where nobody is asked. */
import { MillraceError } from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection } from '@millrace/kafka';
import { type Clock, type Logger, retry } from '@millrace/pipeline';
import type { IngestConfig } from '../config.ts';
import { createRefusalAudit, type RefusalAudit } from './audit-refusals.ts';
import { type Authenticator, createAuthenticator } from './authenticate.ts';
import { followKeys } from './follow-keys.ts';
import { createKeyRing, type KeyRing } from './key-ring.ts';
import { followKeysFile } from './keys-file.ts';
import { createUseNotes, type UseNotes } from './note-uses.ts';
import type { JwtVerifier } from './verify-jwt.ts';

export interface Access {
  readonly authenticator: Authenticator;
  readonly audit: RefusalAudit;
  readonly uses: UseNotes;
  /** Writes what is left to be told. */
  close(): Promise<void>;
}

export interface AccessSurroundings {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** The door can do something before Kafka is there: it does not wait for the keys. */
  readonly canSpool: boolean;
}

const loopback = /^(localhost|127\..*|::1)$/;

/** Rejects with `config.access-invalid`, and with kafka.* while the keys cannot be read. */
export const openAccess = async (
  config: IngestConfig,
  surroundings: AccessSurroundings,
): Promise<Access | undefined> => {
  const { connection, clock, logger, signal } = surroundings;
  if (config.auth === 'none') {
    if (!loopback.test(config.host))
      logger.warn(
        { host: config.host, remedy: 'set MILLRACE_INGEST_AUTH=required' },
        'no keys are asked for: whoever reaches the event port may send to every stream',
      );
    return undefined;
  }
  const keys = createKeyRing(defaultLimits(config));
  const jwt = await openJwt(config, surroundings);
  if (config.keysFile !== undefined)
    await followKeysFile(config.keysFile, keys, { clock, logger, signal });
  await openTopic(config, surroundings, keys);
  const producer = createProducer(connection, { deliveryTimeoutMs: 5000 });
  const audit = createRefusalAudit({ logger, clock, signal });
  const uses = createUseNotes({ producer, clock, signal, everyMs: config.keyUsesEveryMs });
  return {
    authenticator: createAuthenticator({ keys, clock, ...(jwt && { jwt }) }),
    audit,
    uses,
    close: async () => {
      audit.flush();
      await uses.flush();
      await producer.close();
    },
  };
};

/** Kafka may start after the door; it waits this long, not ready, before it gives up. */
const startPolicy = { initialMs: 200, multiplier: 2, maxMs: 5000, jitter: 0.2 };
const startDeadlineMs = 120_000;

/** A door that can spool goes ahead after a while; keys that it does not know yet are told to come again. */
const openTopic = async (
  { spoolAfterMs }: IngestConfig,
  surroundings: AccessSurroundings,
  keys: KeyRing,
): Promise<void> => {
  const { clock, logger, signal, canSpool } = surroundings;
  const deadlineMs = canSpool ? Number.POSITIVE_INFINITY : startDeadlineMs;
  const follow = retry(
    () => followKeys({ ...surroundings, keys }),
    { ...startPolicy, deadlineMs },
    clock,
    signal,
    ({ error }) => logger.warn({ code: error.code }, 'waiting for the keys'),
  );
  const followed = follow();
  if (!canSpool) return followed;
  followed.catch((error: unknown) => {
    if (!signal.aborted) logger.error({ err: error }, 'the keys cannot be read');
  });
  await Promise.race([followed, clock.sleep(spoolAfterMs, signal)]);
};

/** The rates of senders whose key says nothing; 0 is no limit. */
export const defaultLimits = (config: IngestConfig) => ({
  ...(config.requestRate > 0 && { requests: config.requestRate }),
  ...(config.eventRate > 0 && { events: config.eventRate }),
  ...(config.byteRate > 0 && { bytes: config.byteRate }),
});

const openJwt = async (
  config: IngestConfig,
  { clock, logger, signal }: AccessSurroundings,
): Promise<JwtVerifier | undefined> => {
  const { jwksUrl, jwtIssuer, jwtAudience } = config;
  if (jwksUrl === undefined) return undefined;
  if (jwtIssuer === undefined || jwtAudience === undefined)
    throw new MillraceError(
      'config.access-invalid',
      'MILLRACE_INGEST_JWT_JWKS_URL needs MILLRACE_INGEST_JWT_ISSUER and MILLRACE_INGEST_JWT_AUDIENCE: without them tokens made for others would be taken.',
    );
  const { createJwtVerifier } = await import('./verify-jwt.ts');
  return createJwtVerifier({
    jwksUrl,
    issuer: jwtIssuer,
    audience: jwtAudience,
    algorithms: config.jwtAlgorithms,
    clockSkewMs: config.jwtClockSkewMs,
    scopesClaim: config.jwtScopesClaim,
    scopePrefix: config.jwtScopePrefix,
    limits: defaultLimits(config),
    clock,
    logger,
    signal,
  });
};
