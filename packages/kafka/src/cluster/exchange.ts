import type { WireExchange } from '../kafkajs/kafkajs.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import { createByteReader } from '../wire/byte-reader.ts';
import { type ByteWriter, createByteWriter } from '../wire/byte-writer.ts';

/**
 * One request and how to read its answer. Error codes in an answer are values here: who sent the request
 * knows which of them means what, per partition. (kafkajs fails the whole answer at the first code: T18.)
 */
export interface Exchange<Response> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** Flexible versions carry tagged fields in both headers. */
  readonly flexible?: boolean;
  /** Beyond the default request timeout, for requests that the broker holds, ms. */
  readonly timeoutMs?: number;
  /** About how large the request will be, so that the buffer need not grow. */
  readonly bytesHint?: number;
  write(writer: ByteWriter): void;
  read(reader: ByteReader): Response;
}

/** The shape that kafkajs's connection sends. */
export const toWireExchange = (exchange: Exchange<unknown>): WireExchange => ({
  request: {
    apiKey: exchange.apiKey,
    apiVersion: exchange.apiVersion,
    apiName: exchange.apiName,
    async encode() {
      const writer = createByteWriter(exchange.bytesHint);
      if (exchange.flexible === true) writer.noTags();
      exchange.write(writer);
      return { buffer: writer.finish() };
    },
  },
  response: {
    async decode(payload) {
      const reader = createByteReader(payload);
      if (exchange.flexible === true) reader.skipTags();
      return { clientSideThrottleTime: 0, body: exchange.read(reader) };
    },
    parse: async (decoded) => decoded.body,
  },
  logResponseError: false,
  ...(exchange.timeoutMs === undefined ? {} : { requestTimeout: exchange.timeoutMs }),
});
