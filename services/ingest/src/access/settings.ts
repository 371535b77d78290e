/** Settings of who may send; config.ts takes them over. How much one may send is admission/settings.ts. */
import { setting } from '@millrace/runtime';

export const accessSettings = {
  auth: setting.enumeration({
    env: 'MILLRACE_INGEST_AUTH',
    values: ['none', 'required'],
    default: 'none',
    description:
      '`required`: who sends shows a key, a token or a certificate. `none`: whoever reaches the port may send to every stream.',
  }),
  keysFile: setting.string({
    env: 'MILLRACE_INGEST_KEYS_FILE',
    optional: true,
    description:
      'File of keys beside those of `millrace ingest keys`, for keys under version control; read again when it changes.',
  }),
  keyUsesEveryMs: setting.duration({
    env: 'MILLRACE_INGEST_KEY_USES',
    default: 60_000,
    min: 1000,
    description: 'How often it is written down when keys were last used.',
  }),
  jwksUrl: setting.url({
    env: 'MILLRACE_INGEST_JWT_JWKS_URL',
    schemes: ['https', 'http'],
    optional: true,
    description:
      'Published signing keys of an identity provider. With it, its tokens are taken, too; issuer and audience must be set.',
  }),
  jwtIssuer: setting.string({
    env: 'MILLRACE_INGEST_JWT_ISSUER',
    optional: true,
    description: 'The `iss` that a token must have.',
  }),
  jwtAudience: setting.string({
    env: 'MILLRACE_INGEST_JWT_AUDIENCE',
    optional: true,
    description: 'The `aud` that a token must have.',
  }),
  jwtAlgorithms: setting.list({
    env: 'MILLRACE_INGEST_JWT_ALGORITHMS',
    default: ['RS256', 'PS256', 'ES256', 'EdDSA'],
    description: 'Signatures that are taken; only ones with a public key can be named.',
  }),
  jwtClockSkewMs: setting.duration({
    env: 'MILLRACE_INGEST_JWT_CLOCK_SKEW',
    default: 30_000,
    min: 0,
    max: 600_000,
    description: "How far the provider's clock may be from the door's.",
  }),
  jwtScopesClaim: setting.string({
    env: 'MILLRACE_INGEST_JWT_SCOPES_CLAIM',
    default: 'scope',
    description: 'Claim that holds the scopes: a list, or words separated by blanks.',
  }),
  jwtScopePrefix: setting.string({
    env: 'MILLRACE_INGEST_JWT_SCOPE_PREFIX',
    default: 'ingest:',
    description:
      'What scopes for the door begin with in a token: `ingest:flights.*` lets send to all streams of flights.',
  }),
  tlsCert: setting.string({
    env: 'MILLRACE_INGEST_TLS_CERT',
    optional: true,
    description:
      'Certificate chain (PEM) of the event port, which then speaks TLS alone; read again when it changes.',
  }),
  tlsKey: setting.string({
    env: 'MILLRACE_INGEST_TLS_KEY',
    optional: true,
    description: "The certificate's private key (PEM).",
  }),
  tlsClientCa: setting.string({
    env: 'MILLRACE_INGEST_TLS_CLIENT_CA',
    optional: true,
    description:
      'CA (PEM) of client certificates. With it, a certificate is as good as the key that names it.',
  }),
  tlsClientRequired: setting.flag({
    env: 'MILLRACE_INGEST_TLS_CLIENT_REQUIRED',
    default: false,
    description: 'Connections without a certificate of the client CA are refused.',
  }),
};
