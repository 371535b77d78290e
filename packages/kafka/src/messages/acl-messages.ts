import type { AclEntry, AclOperation, AclResource } from '@millrace/contracts';
import type { Exchange } from '../cluster/exchange.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import type { ByteWriter } from '../wire/byte-writer.ts';

/**
 * Rules of Kafka's authorizer: told, made, taken away. Only such as allow one operation from every host; others are passed over
 * where rules are told.
 * Source: https://kafka.apache.org/protocol#protocol_messages, and the numbers of org.apache.kafka.common.acl and .resource.
 */
const resources: Readonly<Record<AclResource, number>> = {
  topic: 2,
  group: 3,
  'transactional-id': 5,
};
const patterns: Readonly<Record<AclEntry['pattern'], number>> = { literal: 3, prefixed: 4 };
const operations: Readonly<Record<AclOperation, number>> = {
  ...{ Read: 3, Write: 4, Create: 5, Delete: 6, Alter: 7, Describe: 8 },
  ...{ DescribeConfigs: 10, AlterConfigs: 11 },
};
const ANY = 1;
const ALLOW = 3;
const EVERY_HOST = '*';

const wordOf = <Word extends string>(
  numbers: Readonly<Record<Word, number>>,
  wanted: number,
): Word | undefined => (Object.keys(numbers) as Word[]).find((word) => numbers[word] === wanted);

const writeEntry = (writer: ByteWriter, entry: AclEntry): ByteWriter =>
  writer
    .int8(resources[entry.resource])
    .string(entry.name)
    .int8(patterns[entry.pattern])
    .string(entry.principal)
    .string(EVERY_HOST)
    .int8(operations[entry.operation])
    .int8(ALLOW);

export interface AclOutcome {
  readonly errorCode: number;
  readonly message: string | null;
}

const readOutcome = (reader: ByteReader): AclOutcome => ({
  errorCode: reader.int16(),
  message: reader.string(),
});

/** One outcome an entry, in order. An entry that is there already is as good as made. */
export const createAcls = (entries: readonly AclEntry[]): Exchange<readonly AclOutcome[]> => ({
  apiKey: 30,
  apiVersion: 1,
  apiName: 'CreateAcls',
  write: (writer) => writer.array(entries, (entry) => writeEntry(writer, entry)),
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => readOutcome(reader));
  },
});

/** One outcome an entry, in order. An entry that is not there is as good as taken away. */
export const deleteAcls = (entries: readonly AclEntry[]): Exchange<readonly AclOutcome[]> => ({
  apiKey: 31,
  apiVersion: 1,
  apiName: 'DeleteAcls',
  write: (writer) => writer.array(entries, (entry) => writeEntry(writer, entry)),
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => {
      const outcome = readOutcome(reader);
      reader.array(() => {
        readOutcome(reader);
        readAcl(reader);
      });
      return outcome;
    });
  },
});

/** The fields of a rule as DeleteAcls tells it, which are read to get past them. */
const readAcl = (reader: ByteReader): void => {
  reader.int8();
  reader.string();
  reader.int8();
  reader.string();
  reader.string();
  reader.int8();
  reader.int8();
};

export interface DescribedAcls extends AclOutcome {
  readonly entries: readonly AclEntry[];
}

/** All rules of one principal. */
export const describeAcls = (principal: string): Exchange<DescribedAcls> => ({
  apiKey: 29,
  apiVersion: 1,
  apiName: 'DescribeAcls',
  write: (writer) =>
    writer
      .int8(ANY) // resource
      .string(null)
      .int8(ANY) // pattern
      .string(principal)
      .string(null) // host
      .int8(ANY) // operation
      .int8(ANY), // permission
  read(reader) {
    reader.int32(); // throttle time
    const outcome = readOutcome(reader);
    const entries = reader
      .array(() => {
        const resource = wordOf(resources, reader.int8());
        const name = reader.string() ?? '';
        const pattern = wordOf(patterns, reader.int8());
        return reader.array((): AclEntry | undefined => {
          const owner = reader.string() ?? '';
          const host = reader.string();
          const operation = wordOf(operations, reader.int8());
          const permission = reader.int8();
          const isOurs = host === EVERY_HOST && permission === ALLOW;
          if (!isOurs || resource === undefined || pattern === undefined) return undefined;
          return operation && { principal: owner, resource, name, pattern, operation };
        });
      })
      .flat()
      .filter((entry) => entry !== undefined);
    return { ...outcome, entries };
  },
});
