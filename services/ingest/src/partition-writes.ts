/** What a request writes to Kafka, by partition. Classes, and made for one event of one partition: most requests are that. */
import type { OutgoingRecord } from '@millrace/kafka';
import type { PendingWrite } from './window/event-window.ts';

/** The records for one partition. */
export class PartitionWrite {
  readonly partition: number;
  readonly pending: PendingWrite;
  /** None where all its events are repeats. */
  records = noRecords;
  /** Index in the request of each record. */
  indexes = noIndexes;

  constructor(partition: number, pending: PendingWrite) {
    this.partition = partition;
    this.pending = pending;
  }

  add(record: OutgoingRecord, index: number): void {
    // Arrays that grow from nothing take room for 17.
    if (this.records === noRecords) {
      this.records = [record];
      this.indexes = [index];
    } else {
      this.records.push(record);
      this.indexes.push(index);
    }
  }
}

const noRecords: OutgoingRecord[] = [];
const noIndexes: number[] = [];
const noWrites: PartitionWrite[] = [];

/** The writes of one request, in the order in which their partitions came. */
export class PartitionWrites {
  #all = noWrites;
  #byPartition: Map<number, PartitionWrite> | undefined;

  get all(): readonly PartitionWrite[] {
    return this.#all;
  }

  to(partition: number): PartitionWrite | undefined {
    const first = this.#all[0];
    if (first === undefined || first.partition === partition) return first;
    return this.#byPartition?.get(partition);
  }

  add(write: PartitionWrite): void {
    if (this.#all === noWrites) {
      this.#all = [write];
      return;
    }
    this.#all.push(write);
    this.#byPartition ??= new Map();
    this.#byPartition.set(write.partition, write);
  }
}
