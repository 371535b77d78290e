/**
 * A token endpoint for SASL/OAUTHBEARER as a company has one: tokens are JWTs signed with a key that the brokers know by a JWKS
 * file. With another client id they are signed by a stranger: same claims, same key id.
 */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

const algorithm = 'RS256';
const issuer = 'https://tokens.millrace.test';
const audience = 'kafka';
const keyId = 'one';

export interface TokenEndpoint {
  readonly url: string;
  /** Tokens that were given. */
  given(): number;
  /** Of the brokers' listener whose tokens are checked. */
  readonly listenerProperties: Readonly<Record<string, string>>;
  /** Of the brokers' JVM. */
  readonly systemProperties: Readonly<Record<string, string>>;
  close(): void;
}

export interface TokenEndpointOptions {
  /** Where the brokers read the public key. */
  readonly directory: string;
  /** Who is let in, and whom tokens name. */
  readonly user: string;
  /** Has the same password; the tokens that it gets name `user` and are signed with a key that nobody knows. */
  readonly strangersUser: string;
  readonly password: string;
  readonly tokenSeconds: number;
}

/** Starts it and writes the keys' file; brokers that are started later check against it. */
export const startTokenEndpoint = async (options: TokenEndpointOptions): Promise<TokenEndpoint> => {
  const { directory, password, strangersUser, tokenSeconds, user } = options;
  const [own, strangers] = await Promise.all([
    generateKeyPair(algorithm),
    generateKeyPair(algorithm),
  ]);
  const keys = join(directory, 'token-keys.json');
  const jwk = { ...(await exportJWK(own.publicKey)), kid: keyId, alg: algorithm, use: 'sig' };
  await writeFile(keys, JSON.stringify({ keys: [jwk] }));
  const keysUrl = pathToFileURL(keys).href;

  const credentials = (name: string) =>
    `Basic ${Buffer.from(`${name}:${encodeURIComponent(password)}`).toString('base64')}`;
  const signers = new Map([
    [credentials(user), own.privateKey],
    [credentials(strangersUser), strangers.privateKey],
  ]);
  let given = 0;
  const server = createServer(async (request, response) => {
    const signer = signers.get(request.headers.authorization ?? '');
    if (signer === undefined) {
      response.writeHead(401).end('{"error":"invalid_client"}');
      return;
    }
    given += 1;
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: algorithm, kid: keyId })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(user)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + tokenSeconds)
      .sign(signer);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: token, expires_in: tokenSeconds }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const handler =
    'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler';
  return {
    url: `http://127.0.0.1:${port}/token`,
    given: () => given,
    listenerProperties: {
      'oauthbearer.sasl.jaas.config':
        'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
      'oauthbearer.sasl.server.callback.handler.class': handler,
      'oauthbearer.sasl.oauthbearer.jwks.endpoint.url': keysUrl,
      'oauthbearer.sasl.oauthbearer.expected.issuer': issuer,
      'oauthbearer.sasl.oauthbearer.expected.audience': audience,
    },
    systemProperties: { 'org.apache.kafka.sasl.oauthbearer.allowed.urls': keysUrl },
    close: () => void server.close(),
  };
};
