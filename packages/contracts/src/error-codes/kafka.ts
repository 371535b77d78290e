import type { ErrorDoc } from './error-doc.ts';

/** Errors of kafka: brokers, writing, transactions, groups. */
export const kafkaErrors = {
  'kafka.unavailable': {
    summary: 'A broker could not be reached, or did not answer within the retries.',
    cause: 'The broker is down, restarting, overloaded, or the network to it is cut.',
    remedy:
      'Nothing when it passes: the call may be repeated. Otherwise check the brokers and MILLRACE_KAFKA_BROKERS.',
  },
  'kafka.unauthenticated': {
    summary: 'A broker does not take who this client says it is.',
    cause:
      'User, password or token are wrong, expired or not known to the cluster, or the file or token endpoint that holds them does not answer.',
    remedy:
      'Check MILLRACE_KAFKA_SASL_MECHANISM, MILLRACE_KAFKA_USERNAME and where the password comes from; it is tried again with what is there then.',
  },
  'kafka.certificate-refused': {
    summary: 'TLS with a broker failed: one side does not take the other’s certificate.',
    cause:
      'The broker’s certificate is expired, of another name or signed by somebody unknown; or it asks for one of this client; or one side speaks TLS and the other does not.',
    remedy:
      'Check MILLRACE_KAFKA_TLS, MILLRACE_KAFKA_CA_FILE and, where brokers ask for one, MILLRACE_KAFKA_CERTIFICATE_FILE and _KEY_FILE.',
  },
  'kafka.write-outcome-unknown': {
    summary: 'Records were sent, but whether the brokers hold them is not known.',
    cause:
      'No answer came within the delivery time-out, or the broker lost its record of this producer.',
    remedy: 'Look at the end of the topic, or send again where a repeated record does no harm.',
  },
  'kafka.buffer-full': {
    summary: 'The buffer of records waiting for Kafka is full.',
    cause: 'Records come faster than the brokers take them, or the brokers are away.',
    remedy: 'Slow down and send again later; raise the buffer bound if bursts are expected.',
  },
  'kafka.unknown-topic': {
    summary: 'The topic or partition does not exist.',
    cause: 'It was never created, or was deleted; topics are never created by writing to them.',
    remedy: 'Run `millrace contracts apply`, which creates the topics that the contracts name.',
  },
  'kafka.record-too-large': {
    summary: 'One record is larger than the topic takes.',
    cause: "The record's batch of one exceeds the topic's max.message.bytes.",
    remedy: "Make the record smaller, or raise the topic's max.message.bytes.",
  },
  'kafka.record-refused': {
    summary: 'The broker refuses these records as they are; nothing was written.',
    cause:
      'A record without a key on a compacted topic, or a timestamp that the topic does not take.',
    remedy: "Correct the records or the topic's settings; the message names the broker's reason.",
  },
  'kafka.not-authorised': {
    summary: 'The cluster refuses this client the operation.',
    cause: 'An ACL that it needs is missing, or its credentials are of another principal.',
    remedy: 'Grant the operation that the message names to the client’s principal.',
  },
  'kafka.refused': {
    summary: 'The broker refused a request for a reason that repeating will not cure.',
    cause: "The message holds the broker's error code.",
    remedy:
      'Look the code up in https://kafka.apache.org/protocol#protocol_error_codes and correct the cause.',
  },
  'kafka.broker-unsupported': {
    summary: 'The broker does not speak a protocol version that Millrace needs.',
    cause: 'The broker is older than Kafka 2.5, or so new that the version was removed.',
    remedy: 'Use a broker that Millrace supports.',
  },
  'kafka.protocol-error': {
    summary: 'A broker’s answer could not be read.',
    cause: 'A value is outside what the protocol allows, or a proxy in between damaged it.',
    remedy: 'Check what stands between this client and the broker; report it if nothing does.',
  },
  'kafka.corrupt-batch': {
    summary: 'A record batch read from Kafka is damaged.',
    cause: 'Its checksum or its lengths are wrong: the log or the network damaged it.',
    remedy: 'Check the broker’s disks; restore the partition from a replica.',
  },
  'kafka.compression-unsupported': {
    summary: 'A record batch is compressed by a codec that Millrace does not read.',
    cause: 'Another producer wrote it with a codec that is newer than this reader.',
    remedy:
      'Set that producer, or the topic’s compression.type, to gzip, snappy, lz4, zstd or none.',
  },
  'kafka.fenced': {
    summary: 'A later instance has taken over; this one may not write or commit any more.',
    cause:
      'Another producer with the same transactional id, or a new generation of the consumer group.',
    remedy:
      'Nothing when a deployment or rebalance is under way; otherwise stop the second instance.',
  },
  'kafka.peer-dead': {
    summary: 'Another process of a consumer group is dead; its members were put out of the group.',
    cause:
      'Its connection broke, and nobody listens at its address any more, or another process does: it was killed, or crashed.',
    remedy:
      'Find out why it ended. If it is alive: MILLRACE_<SERVICE>_PEER_HOST or a proxy leads to several processes; it has joined anew and nothing is lost.',
  },
  'kafka.transaction-aborted': {
    summary: 'The transaction was aborted; nothing of it is visible.',
    cause: 'One of its writes failed, or the coordinator ended it at the transaction time-out.',
    remedy: 'Run the transaction again.',
  },
  'kafka.transaction-outcome-unknown': {
    summary: 'The transaction was asked to commit, but no answer came.',
    cause: 'The transaction coordinator went away during the commit and stayed away.',
    remedy: 'Read the committed position again before continuing; do not assume an abort.',
  },
  'kafka.offset-out-of-range': {
    summary: 'The next offset to read is no longer, or not yet, in the partition.',
    cause: 'Retention removed records that were never read, or the topic was created anew.',
    remedy:
      'Start the service again: the sink and transforms go on at the first record that is there, and say how many are missing. A transform whose results need them: `millrace transform replay` it where its sources hold them still.',
  },
  'kafka.handler-failed': {
    summary: 'The code that takes records from a group consumer threw.',
    cause: 'A bug: handlers only queue.',
    remedy: 'Report it with the stack trace in the cause.',
  },
  'kafka.closed': {
    summary: 'The client was closed before or during the call.',
    cause: 'The service is stopping.',
    remedy: 'Nothing.',
  },
} as const satisfies Record<string, ErrorDoc>;
