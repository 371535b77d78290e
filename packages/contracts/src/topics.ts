/**
 * Topic and subject names (design: events.*, changes.*, derived.*, dead.*; internal ones begin with
 * `_millrace.`). Nothing else in the platform spells a topic name out.
 */

/** `events.<domain>.<name>`: what producers send over HTTP. */
export const eventTopic = (domain: string, name: string): string => `events.${domain}.${name}`;

/** `derived.<domain>.<name>`: what a transform makes of other streams. */
export const derivedTopic = (domain: string, name: string): string => `derived.${domain}.${name}`;

/** Debezium's `topic.prefix` of a captured database: `changes.<source>`. */
export const changeTopicPrefix = (source: string): string => `changes.${source}`;

/** Kafka allows letters, digits, dot, underscore and hyphen in a topic; the rest becomes an underscore, as in Debezium. */
export const topicPart = (name: string): string => name.replaceAll(/[^A-Za-z0-9._-]/g, '_');

/** `changes.<source>.<schema>.<table>`: the row changes of one table, whose names may be any text. */
export const changeTopic = (source: string, schema: string, table: string): string =>
  `${changeTopicPrefix(source)}.${topicPart(schema)}.${topicPart(table)}`;

/** `dead.<service>`: records that a service could not process, with their exact bytes. */
export const deadTopic = (service: string): string => `dead.${service}`;

/** `_millrace.<name>`: the platform's own state. */
export const internalTopic = (name: string): string => `_millrace.${name}`;

/** `_millrace.dead.floods`: partitions that wait because most of their records would be dead letters, and orders to let them go. */
export const deadFloodsTopic = internalTopic('dead.floods');

/** `_millrace.dead.redrives`: what was asked to be sent again, and how far it is. */
export const deadRedrivesTopic = internalTopic('dead.redrives');

/** `_millrace.dead.refused-again`: records that were landed again by a redrive, and refused as before. */
export const deadRefusedAgainTopic = internalTopic('dead.refused-again');

/** `_millrace.dead.transformed-again`: what came of each dead letter that went through its transform once more. */
export const deadTransformedAgainTopic = internalTopic('dead.transformed-again');

/** `_millrace.cdc.positions.<source>`: how far a captured database has been written. */
export const positionsTopic = (source: string): string => internalTopic(`cdc.positions.${source}`);

/** `_millrace.cdc.state.<source>`: what else a capture remembers, one record a fact (snapshots, blocked keys). */
export const cdcStateTopic = (source: string): string => internalTopic(`cdc.state.${source}`);

/** `_millrace.ingest.positions`: how far each file, object or feed that ingest pulls is on Kafka. */
export const ingestPositionsTopic = internalTopic('ingest.positions');

/** `millrace.transform.<name>`: the consumer group of a transform; its offsets are what is done for good. */
export const transformGroup = (transform: string): string => `millrace.transform.${transform}`;

/** Of a transform's task. One holds it at a time; whoever opens it next shuts the one before out. */
export const taskTransactionalId = (transform: string, stage: number, partition: number): string =>
  `${transformGroup(transform)}-${stage}-${partition}`;

/** `_millrace.transform.<name>.<operator>.repartition`: records of a transform on their way to their key's task. */
export const repartitionTopic = (transform: string, operator: string): string =>
  internalTopic(`transform.${transform}.${operator}.repartition`);

/** `_millrace.transform.<name>.<store>.changelog`: the state of a transform's store. */
export const changelogTopic = (transform: string, store: string): string =>
  internalTopic(`transform.${transform}.${store}.changelog`);

/** `_millrace.ingest.spool`: how far each spool of a door has been written, by the spool's id. */
export const spoolPositionsTopic = internalTopic('ingest.spool');

/** `_millrace.transforms`: what the state of each transform means. */
export const transformsTopic = internalTopic('transforms');

/** `_millrace.ingest.ids`: fingerprints of the event ids that the doors took lately. */
export const ingestIdsTopic = internalTopic('ingest.ids');
/** `_millrace.ingest.keys`: the keys of the HTTP door, their secrets as hashes, and when each was last used. */
export const ingestKeysTopic = internalTopic('ingest.keys');

/** `_millrace.quality.audit`: who did what by way of the quality service, one JSON record a step. */
export const auditTopic = internalTopic('quality.audit');
/** `_millrace.stream.gates`: which streams are open, quarantined or stopped, by contract. */
export const streamGatesTopic = internalTopic('stream.gates');

/** Registry subject of a topic's values (TopicNameStrategy). */
export const valueSubject = (topic: string): string => `${topic}-value`;

/** Registry subject of a topic's keys (TopicNameStrategy). */
export const keySubject = (topic: string): string => `${topic}-key`;
