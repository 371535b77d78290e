/** `millrace.rejected_events`: what the door and loads refused, as it came, with the reason; and what was sent again of it. */
import type { PlatformStream } from './platform-stream.ts';

/** Beyond it what was rejected is gone, in the topic and in the warehouse. */
const retentionDays = 30;

export const rejectedEvents: PlatformStream = {
  name: 'rejected_events',
  purpose:
    'Events that the door refused and rows that a load did, each with its bytes and the reason.',
  key: ['stream'],
  identity: 'rejection_id',
  orderBy: ['stream', 'rejected_at'],
  retentionDays,
  fields: [
    {
      ...{ name: 'rejection_id', type: 'string', classification: 'internal' },
      doc: 'Names this rejection, for show and redrive.',
    },
    {
      ...{ name: 'stream', type: 'string', few: true, classification: 'internal' },
      doc: 'The contract that the event was sent to.',
    },
    {
      ...{ name: 'rejected_at', type: 'time', classification: 'internal' },
      doc: 'When the request came or the row was read.',
    },
    {
      ...{ name: 'code', type: 'string', few: true, classification: 'internal' },
      doc: 'The error code that the sender was told.',
    },
    {
      ...{ name: 'message', type: 'string', classification: 'confidential' },
      doc: 'What the sender was told. It may quote the event.',
    },
    {
      ...{ name: 'problems', type: 'string', classification: 'confidential' },
      doc: 'JSON: each problem with path, rule and message. It may quote the event.',
    },
    {
      ...{ name: 'position', type: 'int', nullable: true, classification: 'internal' },
      doc: 'Index of the event in its request or file; null when the whole body could not be read.',
    },
    {
      ...{ name: 'event_id', type: 'string', nullable: true, classification: 'confidential' },
      doc: 'The id that the sender gave; null when there was none outside the event.',
    },
    {
      ...{
        name: 'idempotency_key',
        type: 'string',
        nullable: true,
        classification: 'confidential',
      },
      doc: 'The key that was sent with the request.',
    },
    {
      ...{ name: 'event_source', type: 'string', nullable: true, classification: 'internal' },
      doc: 'CloudEvents source, as sent.',
    },
    {
      ...{ name: 'event_type', type: 'string', nullable: true, classification: 'internal' },
      doc: 'CloudEvents type, as sent.',
    },
    {
      ...{ name: 'event_time', type: 'string', nullable: true, classification: 'internal' },
      doc: 'CloudEvents time, as sent.',
    },
    {
      ...{ name: 'event_extensions', type: 'string', nullable: true, classification: 'internal' },
      doc: 'JSON: further CloudEvents attributes, by their header names.',
    },
    {
      ...{ name: 'media_type', type: 'string', few: true, classification: 'internal' },
      doc: 'Content type under which the content can be sent again.',
    },
    {
      ...{ name: 'content', type: 'bytes', classification: 'restricted' },
      doc: 'The event as it came, byte for byte; of a row what was made of it, as JSON. Read it with care.',
    },
    {
      ...{ name: 'content_bytes', type: 'long', classification: 'internal' },
      doc: 'How many bytes came.',
    },
    {
      ...{ name: 'is_cut', type: 'boolean', classification: 'internal' },
      doc: 'True when content is only the beginning: the event was too large to be kept.',
    },
    {
      ...{ name: 'sender_id', type: 'string', nullable: true, classification: 'internal' },
      doc: 'Key or subject that sent it; null where the door asks for none.',
    },
    {
      ...{ name: 'sender_name', type: 'string', nullable: true, classification: 'internal' },
      doc: 'What the key is called.',
    },
    {
      ...{ name: 'attempt', type: 'int', classification: 'internal' },
      doc: 'How often it had been sent again before: 0 the first time.',
    },
    {
      ...{ name: 'pull_source', type: 'string', nullable: true, classification: 'internal' },
      doc: 'Of a row that was loaded or pulled: the source. Null of what was sent to the door.',
    },
    {
      ...{ name: 'part', type: 'string', nullable: true, classification: 'internal' },
      doc: 'Its file, object or feed.',
    },
    {
      ...{ name: 'part_version', type: 'string', nullable: true, classification: 'internal' },
      doc: 'Which version of it: a digest, an ETag.',
    },
    {
      ...{ name: 'row_number', type: 'long', nullable: true, classification: 'internal' },
      doc: 'The row in it, from 1.',
    },
    {
      ...{ name: 'line_number', type: 'long', nullable: true, classification: 'internal' },
      doc: 'The line in which the row begins, from 1; null of formats without lines.',
    },
    {
      ...{ name: 'column_number', type: 'int', nullable: true, classification: 'internal' },
      doc: 'The column of the row that could not be read, from 1.',
    },
  ],
};

export const redrivenEvents: PlatformStream = {
  name: 'redriven_events',
  purpose: 'What was sent again of the rejected events, by whom, and what became of it.',
  key: ['rejection_id'],
  identity: 'redrive_id',
  orderBy: ['stream', 'redriven_at'],
  retentionDays,
  fields: [
    {
      ...{ name: 'redrive_id', type: 'string', classification: 'internal' },
      doc: 'Names this sending.',
    },
    {
      ...{ name: 'rejection_id', type: 'string', classification: 'internal' },
      doc: 'What was sent again.',
    },
    {
      ...{ name: 'stream', type: 'string', few: true, classification: 'internal' },
      doc: 'The contract it was sent to.',
    },
    {
      ...{ name: 'redriven_at', type: 'time', classification: 'internal' },
      doc: 'When the door answered.',
    },
    {
      ...{ name: 'outcome', type: 'string', few: true, classification: 'internal' },
      doc: 'accepted, duplicate (it had been accepted before) or rejected.',
    },
    {
      ...{ name: 'code', type: 'string', few: true, nullable: true, classification: 'internal' },
      doc: 'Why it was rejected again.',
    },
    {
      ...{ name: 'repair', type: 'string', nullable: true, classification: 'confidential' },
      doc: 'JSON: what was changed in the event before.',
    },
    {
      ...{ name: 'redriven_by', type: 'string', classification: 'internal' },
      doc: 'User and host of the command.',
    },
  ],
};
