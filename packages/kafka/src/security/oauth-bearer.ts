/**
 * The exchange of SASL/OAUTHBEARER for kafkajs, whose own takes whatever a broker answers for a welcome. A broker that refuses a
 * token answers with a JSON document, and ends the exchange once the client has said that it read it; until then it
 * answers every other request with an error that looks like an empty cluster.
 * Source: RFC 7628, 3.2; KIP-255.
 */
const SEPARATOR = '\x01';
/** Behind the size that kafkajs puts before the bytes. */
const SIZE_BYTES = 4;

export interface SaslSurroundings {
  saslAuthenticate(exchange: {
    readonly request: { encode(): Promise<Buffer> };
    readonly response: {
      decode(sized: Buffer): Promise<Buffer>;
      parse(bytes: Buffer): Promise<Buffer>;
    };
  }): Promise<Buffer>;
}

const sized = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const size = Buffer.alloc(SIZE_BYTES);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

/** For kafkajs's `authenticationProvider`; `authenticate` rejects when the token is refused. */
export const oauthBearerExchange =
  (token: string) =>
  ({ saslAuthenticate }: SaslSurroundings) => ({
    authenticate: async (): Promise<void> => {
      const say = (text: string): Promise<Buffer> =>
        saslAuthenticate({
          request: { encode: async () => sized(text) },
          response: {
            decode: async (answer) => answer.subarray(SIZE_BYTES),
            parse: async (bytes) => bytes,
          },
        });
      const answer = await say(`n,,${SEPARATOR}auth=Bearer ${token}${SEPARATOR}${SEPARATOR}`);
      if (answer.length === 0) return;
      // only now the broker ends the exchange, with the same words as an error
      await say(SEPARATOR).catch(() => undefined);
      throw new Error(`SASL OAUTHBEARER authentication failed: ${answer.toString()}`);
    },
  });
