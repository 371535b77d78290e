import type { ErrorDoc } from './error-doc.ts';

/** Errors of avro: schemas, datums and the registry. */
export const avroErrors = {
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
  'avro.long-unsafe': {
    summary: 'A long is too large for an exact JavaScript number.',
    cause: 'The record holds a long beyond 2^53, and its reader was asked for longs as numbers.',
    remedy: "Ask for the record's longs as bigints, or leave the field out of those that are read.",
  },
  'avro.splice-invalid': {
    summary: 'A record cannot be spliced into a container file.',
    cause: 'It has no Confluent wire header, or an appended value does not fit its type.',
    remedy: 'Send the record to the dead letter topic; check the appended fields in the caller.',
  },
  'avro.container-invalid': {
    summary: 'Bytes are not an Avro object container file that can be read.',
    cause:
      'The file is cut off or damaged, or its codec is not null, deflate, snappy or zstandard.',
    remedy: 'Write the file again; the message names the place.',
  },
  'avro.container-too-large': {
    summary: 'The blocks of an Avro container file expand to more than is taken.',
    cause: 'The file holds too much for one request, or is made to exhaust memory.',
    remedy: 'Send fewer records a file.',
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
} as const satisfies Record<string, ErrorDoc>;
