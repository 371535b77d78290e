/** What a person needs to act on an error: what happened, why it happens, what to do. */
export interface ErrorDoc {
  readonly summary: string;
  readonly cause: string;
  readonly remedy: string;
}

/**
 * Every error code of the platform, documented once. `tools/docs` turns this table into
 * docs/reference/errors.md and the tidy test proves that each code is thrown somewhere.
 * Codes are `<area>.<noun>-<what>`; groups follow the packages and services that raise them.
 */
export const errorCodes = {
  // configuration and project
  'config.invalid': {
    summary: 'A setting is missing or has a value that cannot be used.',
    cause: 'An environment variable or flag is absent, misspelt or out of range.',
    remedy: 'Start the service with --help; set the variable that the message names.',
  },
  'config.project-invalid': {
    summary: 'The project directory cannot be used.',
    cause:
      'It has no schemas/ directory, or contracts in it have problems, each of which is named.',
    remedy: 'Set MILLRACE_PROJECT, or correct the files; `millrace contracts check` says the same.',
  },
  // avro: schemas, datums and the registry
  'avro.schema-unusable': {
    summary: 'A schema cannot be compiled into a reader, a writer or a splicer.',
    cause: 'The text is not an Avro schema, or it is not a record where one is needed.',
    remedy: 'Check the schema with `millrace contracts check`; the message names the fault.',
  },
  'avro.datum-invalid': {
    summary: 'Bytes are not a datum of their schema.',
    cause: 'The record is truncated, has trailing bytes, or was written with another schema.',
    remedy:
      "Find the producer by the record's topic and offset; the record belongs in a dead letter topic.",
  },
  'avro.value-invalid': {
    summary: 'A value cannot be written with its schema.',
    cause: 'A field is missing, of another type or out of range.',
    remedy: 'Correct the value at the path that the message names.',
  },
  'avro.splice-invalid': {
    summary: 'A record cannot be spliced into a container file.',
    cause: 'It has no Confluent wire header, or an appended value does not fit its type.',
    remedy: 'Send the record to the dead letter topic; check the appended fields in the caller.',
  },
  'registry.unavailable': {
    summary: 'The schema registry gave no usable answer in time.',
    cause: 'It is down, restarting, overloaded or not reachable from here.',
    remedy: "Check MILLRACE_REGISTRY_URL and the registry's health; the operation is tried again.",
  },
  'registry.unknown-schema': {
    summary: 'The registry does not know a schema id.',
    cause: 'The record was framed for another registry, or its first bytes are not a frame.',
    remedy: "Compare the producer's registry with ours; such records go to the dead letter topic.",
  },
  'registry.incompatible': {
    summary: "The registry refused a schema as incompatible with the subject's earlier versions.",
    cause: 'The change breaks the compatibility level that the subject carries.',
    remedy: 'Make the change compatible (a default for a new field), or lower the level knowingly.',
  },
  'registry.refused': {
    summary: 'The registry refused a request for good.',
    cause: 'The credentials are wrong, or the schema or level in the request is invalid.',
    remedy: "Read the registry's reason in the message; correct the credentials or the request.",
  },

  // pgoutput: replication bytes
  'pgoutput.message-truncated': {
    summary: 'A replication message ends before its last field.',
    cause: 'The bytes were cut or are not what PostgreSQL sent.',
    remedy: 'Restart the service; if it comes again, report it with the PostgreSQL version.',
  },
  'pgoutput.message-unknown': {
    summary: 'A replication message has a form that this version does not know.',
    cause: 'PostgreSQL speaks a protocol version that was not asked for, or the bytes are damaged.',
    remedy: 'Compare the PostgreSQL version with the supported ones; report it.',
  },
  'pgoutput.relation-unknown': {
    summary: 'A row names a table that was not described before it.',
    cause: 'A relation message was lost, which PostgreSQL excludes: a bug.',
    remedy: 'Restart the service; report it.',
  },
  'pgoutput.lsn-invalid': {
    summary: 'A text is not a log sequence number.',
    cause: 'It does not have the form X/Y with hexadecimal halves.',
    remedy: 'Correct the text; `select pg_current_wal_lsn()` shows the form.',
  },

  // cdc
  'cdc.source-unavailable': {
    summary: 'PostgreSQL cannot be reached, or broke the connection.',
    cause: 'It is down, restarting, out of connections or not reachable from here.',
    remedy: 'Nothing while it restarts: the service reconnects; else check MILLRACE_POSTGRES_URL.',
  },
  'cdc.source-refused': {
    summary: 'PostgreSQL refused a statement or the login for good.',
    cause: 'The credentials are wrong, a right is missing, or an object does not exist.',
    remedy: 'Read the SQLSTATE in the message; grant the right or correct the setting.',
  },
  'cdc.source-unfit': {
    summary: 'PostgreSQL is not configured for change data capture.',
    cause: 'wal_level is not logical, or no table is to be captured.',
    remedy: 'Do what the message says; a change of wal_level needs a restart of PostgreSQL.',
  },
  'cdc.slot-lost': {
    summary: 'The replication slot is gone although changes were captured before.',
    cause: 'It was dropped, or PostgreSQL invalidated it because it held back too much WAL.',
    remedy:
      'Changes since the last position are lost from the log. Set MILLRACE_CDC_SNAPSHOT_MODE=when_needed to begin again with a new snapshot.',
  },
  'cdc.position-invalid': {
    summary: 'The stored position cannot be read.',
    cause: 'Something else wrote to the positions topic, or a newer version wrote it.',
    remedy: 'Look at the last record of _millrace.cdc.positions; use the version that wrote it.',
  },
  'cdc.value-invalid': {
    summary: 'A row cannot be encoded; it went to the dead letter topic alone.',
    cause: "A value does not have the form of its column's type, or the record is too large.",
    remedy: 'Look at the record in dead.cdc: its headers name the table and the reason.',
  },

  // clickhouse
  'clickhouse.unavailable': {
    summary: 'ClickHouse did not take a request; nothing of it was carried out.',
    cause: 'The server is down, shutting down, overloaded or read-only for the moment.',
    remedy: "Check the server's health and its load; the operation is tried again.",
  },
  'clickhouse.outcome-unknown': {
    summary: 'A request to ClickHouse ended without an answer; it may have been carried out.',
    cause: 'The connection broke or the time ran out after the request had been sent.',
    remedy: 'Nothing to do for inserts of the platform: they are repeated with the same token.',
  },
  'clickhouse.rejected': {
    summary: 'ClickHouse refused a statement or its data for good.',
    cause: 'The statement, the table or a value in the data does not fit.',
    remedy: "Read the server's code in the message; for data errors look at the dead letter topic.",
  },

  // stack: starting and stopping Kafka, the registry, PostgreSQL and ClickHouse
  'stack.java-missing': {
    summary: 'No usable Java runtime was found, or it is older than 17.',
    cause: 'Kafka and the schema registry of the embedded stack run on Java 17 or newer.',
    remedy:
      'Install one (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at one; or use --backend containers or --backend external.',
  },
  'stack.maven-missing': {
    summary: 'Maven is needed for the first start of the embedded stack and was not found.',
    cause: 'Kafka and the schema registry are downloaded once by Maven into the per-user cache.',
    remedy:
      'Install it (Debian: apt-get install maven); or use --backend containers or --backend external.',
  },
  'stack.download-failed': {
    summary: 'Kafka and the schema registry could not be downloaded.',
    cause: 'Maven could not reach its repository, or ended with an error.',
    remedy:
      'Check the network and the proxy in ~/.m2/settings.xml, then start again; the message names the log.',
  },
  'stack.download-broken': {
    summary: 'A downloaded file is not the one that was pinned.',
    cause: 'A mirror or proxy changed or cut the file, twice in a row.',
    remedy: 'Remove the file that the message names from the mirror or proxy, then start again.',
  },
  'stack.platform-unsupported': {
    summary: 'A part of the embedded stack does not exist for this platform.',
    cause:
      'PostgreSQL and ClickHouse come from optional npm packages; ClickHouse is built for linux-x64 with glibc only.',
    remedy:
      'Run npm install without --omit=optional on linux-x64; elsewhere use --backend containers or --backend external.',
  },
  'stack.port-busy': {
    summary: 'A port that a part was to listen on is taken.',
    cause: 'Another process, perhaps another stack, listens on it.',
    remedy: 'Stop that process, give another port, or give none and let a free one be chosen.',
  },
  'stack.disk-full': {
    summary: 'There is not enough free disk space.',
    cause: 'The file system of the data directory or of the cache is full or nearly so.',
    remedy: 'Free space, or choose another place with --data-dir or MILLRACE_CACHE_DIR.',
  },
  'stack.data-dir-in-use': {
    summary: 'Another stack runs in this data directory.',
    cause: 'A data directory belongs to one running stack at a time.',
    remedy: 'Use the running one (millrace stack status), stop it, or give another --data-dir.',
  },
  'stack.data-dir-unusable': {
    summary: 'The data directory or the cache cannot be written.',
    cause: 'It belongs to another user, or its file system is read-only.',
    remedy: 'Give a directory that the current user may write.',
  },
  'stack.part-failed': {
    summary: 'A part ended by itself or did not become ready in time.',
    cause: 'The last line of its log, which the message quotes, says why.',
    remedy: 'Read the log file that the message names (or millrace stack logs <part>).',
  },
  'stack.operation-unsupported': {
    summary: 'The backend cannot kill, suspend or restart a part.',
    cause: 'Only the embedded backend owns the processes of its parts.',
    remedy: 'Use the embedded backend for tests of failures.',
  },
  'stack.endpoint-unreachable': {
    summary: 'A server of an external stack does not answer.',
    cause: 'It is not running, the address is wrong, or the network is in between.',
    remedy: 'Check the address that the message names and that the server runs.',
  },
  'stack.engine-missing': {
    summary: 'No container engine answers.',
    cause: 'The containers backend needs Docker or Podman.',
    remedy: 'Start one, set DOCKER_HOST, or use --backend embedded.',
  },
  // kafka: brokers, writing, transactions, groups
  'kafka.unavailable': {
    summary: 'A broker could not be reached, or did not answer within the retries.',
    cause: 'The broker is down, restarting, overloaded, or the network to it is cut.',
    remedy:
      'Nothing when it passes: the call may be repeated. Otherwise check the brokers and MILLRACE_KAFKA_BROKERS.',
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
    cause: 'Another producer wrote it with snappy or lz4.',
    remedy: 'Set that producer, or the topic’s compression.type, to gzip, zstd or none.',
  },
  'kafka.fenced': {
    summary: 'A later instance has taken over; this one may not write or commit any more.',
    cause:
      'Another producer with the same transactional id, or a new generation of the consumer group.',
    remedy:
      'Nothing when a deployment or rebalance is under way; otherwise stop the second instance.',
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
    remedy: 'Decide what to do about the gap, then set the group’s offset by hand.',
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
  // contracts: the Avro record and its ODCS document
  'contracts.avro-invalid': {
    summary: 'A schema breaks a rule of the Avro specification.',
    cause:
      'A name, default, union or logical type is not as Avro 1.12 asks, or the text is not JSON.',
    remedy: 'Correct the path that the message names; it carries the rule and the remedy.',
  },
  'contracts.column-unsafe': {
    summary: 'No ClickHouse column keeps the values of an Avro field.',
    cause:
      'ClickHouse would refuse the type, or cast it to another range or unit without an error.',
    remedy:
      'Change the field as the message says, or leave the stream without a warehouse section.',
  },
  'contracts.project-invalid': {
    summary: 'Contracts have problems, so nothing was planned or applied.',
    cause:
      'A file of the project breaks a rule; the message lists every problem with file and line.',
    remedy: 'Correct them; `millrace contracts check` shows the same list.',
  },
  'contracts.plan-refused': {
    summary: 'A plan has steps that lose data or cannot be done in place, so nothing was applied.',
    cause:
      'The contracts ask for another type, key, order or fewer partitions than what exists has.',
    remedy:
      'Follow the way that each step names, or apply with --allow-destructive where it says so.',
  },
  'contracts.reference-unknown': {
    summary: 'Contracts were to be compared with a git commit that does not exist.',
    cause: 'The ref given to --against is misspelt or not fetched.',
    remedy: 'Give a branch, tag or commit that `git rev-parse` knows, or "registry".',
  },
  'contracts.warehouse-absent': {
    summary: 'A table was asked of a contract that has none.',
    cause: 'The contract has no warehouse section.',
    remedy: 'Add the warehouse section, or do not route the stream to the sink.',
  },
  // demo
  'demo.send-refused': {
    summary: "The demo's producer was refused by the HTTP door.",
    cause:
      'The ingest service answered with a status that a retry does not change, or kept refusing.',
    remedy: 'Read the answer in the message; it is the problem document of the door.',
  },
  'demo.service-not-ready': {
    summary: 'A service that the demo started did not become ready.',
    cause: 'It ended by itself, or did not answer /readyz in time.',
    remedy: 'Read its log, whose path the message gives.',
  },
  // sink: what it refuses, and what it waits for
  'sink.record-empty': {
    summary: 'An event record has no value.',
    cause: 'A producer wrote a tombstone to a topic of events, where nothing can be deleted.',
    remedy: 'Find the producer by the headers of the dead letter; events are never empty.',
  },
  'sink.record-unframed': {
    summary: 'A record does not begin with the Confluent wire header.',
    cause: 'A producer wrote to the topic without the registry, for example plain JSON.',
    remedy: 'Find the producer by the headers of the dead letter; send through ingest instead.',
  },
  'sink.record-undecodable': {
    summary: 'The bytes of a record are not exactly one datum of the schema that it names.',
    cause: 'The record was cut off, has bytes too many, or names a schema it was not written with.',
    remedy: 'Find the producer by the headers of the dead letter and correct its encoding.',
  },
  'sink.record-refused': {
    summary: 'ClickHouse refused the value of a record.',
    cause: 'A value is of the right Avro type and yet impossible for its column, e.g. no UUID.',
    remedy: 'Correct the producer, or widen the column; then send the dead letter again.',
  },
  'sink.schema-unfit': {
    summary: 'Records of a writer schema cannot reach the table unchanged.',
    cause:
      'A field is missing without a default, or its unit or range differs from the column; ClickHouse would change it silently.',
    remedy:
      'Read the field and the rule in the dead letter; correct the contract or the producer, then send the dead letters again.',
  },
  'sink.table-unfit': {
    summary: 'A warehouse table is missing or differs from its contract.',
    cause: 'The contract changed and was not applied, or the table was altered by hand.',
    remedy: 'Run `millrace contracts plan` and `apply`; the partition goes on by itself.',
  },
  'sink.refused-too-often': {
    summary: 'ClickHouse refused more records of one batch than a claim can name.',
    cause: 'The table and most records are at odds, so this is no matter of single records.',
    remedy: 'Read the reason in the log, correct the table; the partition goes on by itself.',
  },
  'sink.group-foreign': {
    summary: 'The consumer group holds offsets that another program committed.',
    cause: 'Another consumer uses the group of the sink, or a newer sink wrote another claim.',
    remedy:
      'Give the sink a group of its own (MILLRACE_SINK_GROUP), or run the version that wrote the claim.',
  },
  // ingest: the HTTP door
  'ingest.json-invalid': {
    summary: 'The body, or a line of it, is not JSON.',
    cause: 'The text breaks the grammar of JSON at the place that the message names.',
    remedy: 'Correct the text. For one JSON object a line, send application/x-ndjson.',
  },
  'ingest.body-empty': {
    summary: 'The request holds no event.',
    cause: 'The body is empty, an empty array, or blank lines only.',
    remedy: 'Send one JSON object, an array of them, or one a line.',
  },
  'ingest.text-invalid': {
    summary: 'The body is not UTF-8.',
    cause: 'The text was encoded otherwise, or cut inside a character.',
    remedy: 'Encode the body as UTF-8.',
  },
  'ingest.media-type-unsupported': {
    summary: 'The content type or its charset is not one that the door takes.',
    cause: 'The door takes application/json and application/x-ndjson, in UTF-8.',
    remedy: 'Set the Content-Type header to what the body is.',
  },
  'ingest.content-encoding-unsupported': {
    summary: 'The body is compressed.',
    cause: 'The door does not take compressed bodies.',
    remedy: 'Send the body as it is, without Content-Encoding.',
  },
  'ingest.body-too-large': {
    summary: 'The body is larger than the door takes.',
    cause: 'It exceeds MILLRACE_INGEST_BODY_MAX.',
    remedy: 'Send fewer events a request.',
  },
  'ingest.too-many-events': {
    summary: 'The request holds more events than the door takes at once.',
    cause: 'It exceeds MILLRACE_INGEST_EVENTS_MAX.',
    remedy: 'Send fewer events a request; a few hundred are best.',
  },
  'ingest.stream-unknown': {
    summary: 'There is no stream of this name that takes events.',
    cause: 'The path is misspelt, or the contract is not in the project that the door serves.',
    remedy: 'Look at GET /v1/streams; add the contract to schemas/ and restart the door.',
  },
  'ingest.route-unknown': {
    summary: 'There is nothing at this path, or not by this method.',
    cause: 'The door knows POST /v1/events/<domain>/<name> and GET /v1/streams.',
    remedy: 'Correct the path or the method.',
  },
  'ingest.request-invalid': {
    summary: 'The HTTP request is malformed.',
    cause: 'A header, such as Content-Length, does not fit the body.',
    remedy: 'Correct the client; the detail says what was found.',
  },
  'ingest.event-invalid': {
    summary: 'The event does not fit its contract.',
    cause:
      'A field is missing, unknown, of another type or out of range; each problem has its path.',
    remedy: "Correct the event by the problems' paths, or change the contract.",
  },
  'ingest.event-too-large': {
    summary: 'One event is larger than its topic takes.',
    cause:
      'Encoded, with its headers, it exceeds MILLRACE_INGEST_EVENT_MAX or the limit of its topic.',
    remedy: 'Send less in one event, or raise the limit here and on the topic.',
  },
  'ingest.queue-full': {
    summary: 'The door holds as many unacknowledged bytes as it may.',
    cause: 'Events come faster than Kafka takes them, or Kafka is away.',
    remedy: 'Send the same request again after Retry-After; repeats of an id are dropped.',
  },
  'ingest.kafka-unavailable': {
    summary: 'Kafka did not acknowledge the events in time.',
    cause:
      'A broker is away, restarting or overloaded; whether the events were written is not known.',
    remedy: 'Send the same request again after Retry-After; repeats of an id are dropped.',
  },
  'ingest.kafka-refused': {
    summary: 'Kafka refused the events for good.',
    cause: "The topic is missing, or its settings or the client's rights do not fit.",
    remedy: 'Run `millrace contracts apply`; the log of the door has the reason.',
  },
  'ingest.stopping': {
    summary: 'The door is stopping.',
    cause: 'A restart or a deployment is under way.',
    remedy: 'Send the same request again after Retry-After.',
  },
  'ingest.internal': {
    summary: 'The door failed on this request.',
    cause: 'A bug; the log has its stack trace.',
    remedy: 'Report it. Sending the same request again does no harm when events carry ids.',
  },
  'ingest.stream-not-applied': {
    summary: 'A contract of the project is not in force on the cluster.',
    cause: 'Its topic or its registry subject does not exist.',
    remedy: 'Run `millrace contracts apply`, then start the door again.',
  },
} as const satisfies Record<string, ErrorDoc>;

export type ErrorCode = keyof typeof errorCodes;
