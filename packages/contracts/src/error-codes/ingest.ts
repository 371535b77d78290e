import type { ErrorDoc } from './error-doc.ts';

/** Errors of ingest: the HTTP door. */
export const ingestErrors = {
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
  'ingest.avro-invalid': {
    summary: 'The body is not the Avro that its content type says.',
    cause: 'It is cut off, has bytes too many, or is of another kind; the detail names the place.',
    remedy:
      'Send a container file as application/avro, a datum with its schema id in front as application/vnd.confluent.avro, a bare one as avro/binary.',
  },
  'ingest.schema-unknown': {
    summary: 'The schema id of a datum is not one of the stream.',
    cause: "The registry does not know it, or not under the stream's subject.",
    remedy: "Register the schema under the subject `<topic>-value`, or use the id of the stream's.",
  },
  'ingest.schema-incompatible': {
    summary: "Records of the writer's schema cannot be read by the contract.",
    cause: "Avro's rules of resolution do not allow it, or a unit or decimal differs.",
    remedy:
      'Write with the schema that GET /v1/streams/<id> shows, or one that it can be read from.',
  },
  'ingest.cloud-event-invalid': {
    summary: 'An event is not a CloudEvent of version 1.0.',
    cause: 'A required attribute is missing, or an attribute is not what CloudEvents allow.',
    remedy: "Correct the event by the problems' paths.",
  },
  'ingest.registry-unavailable': {
    summary: 'The schema of a datum could not be asked for.',
    cause: 'The schema registry gave no usable answer in time.',
    remedy: 'Send the same request again after Retry-After.',
  },
  'ingest.compression-invalid': {
    summary: 'The body is not compressed as its Content-Encoding says.',
    cause: 'It is cut off, damaged, or compressed otherwise.',
    remedy: 'Compress the body again, or send it as it is without Content-Encoding.',
  },
  'ingest.wait-unavailable': {
    summary: 'The request cannot be waited for.',
    cause: 'The stream lands in no table, or the parameters of the wait are not understood.',
    remedy: 'Send it without `wait`, or as `?wait=queryable&timeout=5s`.',
  },
  'ingest.media-type-unsupported': {
    summary: 'The content type or its charset is not one that the door takes.',
    cause: 'The door takes JSON, NDJSON, Avro and CloudEvents, text in UTF-8.',
    remedy: 'Set the Content-Type header to what the body is; GET /v1/openapi.json lists them.',
  },
  'ingest.content-encoding-unsupported': {
    summary: 'The body is compressed in a way that the door does not take.',
    cause: 'The door takes one of gzip, br, zstd and deflate, and one only.',
    remedy: 'Compress the body with one of those that the answer’s Accept-Encoding lists, or not.',
  },
  'ingest.body-too-large': {
    summary: 'The body is larger than the door takes.',
    cause: 'It exceeds MILLRACE_INGEST_BODY_MAX, as it is or expanded.',
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
  'ingest.spool-full': {
    summary: 'Kafka is away and the disk spool takes no more.',
    cause: 'The spool has reached MILLRACE_INGEST_SPOOL_MAX, or its disk is full.',
    remedy:
      'Send the same request again after Retry-After. Bring Kafka back, or give the spool more room.',
  },
  'ingest.spool-failed': {
    summary: 'Kafka is away and the disk spool could not be written.',
    cause: 'The disk of MILLRACE_INGEST_SPOOL_DIR answered with an error; the log has it.',
    remedy: 'Look after the disk. What the spool answered 202 for before is on it.',
  },
  'ingest.spool-damaged': {
    summary: 'A part of the disk spool could not be read back.',
    cause:
      'Bytes on the disk changed after they were written: the checksum of a frame does not fit.',
    remedy:
      'The bytes were set aside under damaged/; the frames around them go on. Ask the senders of that time to send again.',
  },
  'ingest.spool-locked': {
    summary: 'Another door uses the spool directory.',
    cause: 'Two doors were given the same MILLRACE_INGEST_SPOOL_DIR.',
    remedy: 'Give each door a directory of its own, on a disk that stays with it.',
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
    remedy: 'Run `millrace contracts apply`, then start the door, or the load, again.',
  },
} as const satisfies Record<string, ErrorDoc>;
