import { transformsTopic } from '@millrace/contracts';
import { createProducer, type KafkaConnection, readPartition } from '@millrace/kafka';
import { parseShape, shapeText, type TransformShape } from '@millrace/streams';

/**
 * What the state of each transform means, remembered on Kafka: the newest record of a transform's name in
 * a compacted topic. It is read before anything of the transform is opened.
 */
export interface ShapeLog {
  /** Undefined when the transform has never run. Rejects with `transform.changed` for a record of a later release. */
  read(transform: string): Promise<TransformShape | undefined>;
  write(transform: string, shape: TransformShape): Promise<void>;
}

export const createShapeLog = (kafka: KafkaConnection): ShapeLog => ({
  async read(transform) {
    let shape: TransformShape | undefined;
    const records = readPartition(kafka, {
      ...{ topic: transformsTopic, partition: 0, fromOffset: 0 },
      isolation: 'read_committed',
    });
    for await (const { key, value } of records) {
      if (key?.toString() !== transform) continue;
      shape = value === null ? undefined : parseShape(transform, value.toString());
    }
    return shape;
  },
  async write(transform, shape) {
    const producer = createProducer(kafka);
    const value = Buffer.from(shapeText(shape));
    try {
      const records = [{ key: Buffer.from(transform), value }];
      await producer.send([{ topic: transformsTopic, partition: 0, records }]);
    } finally {
      await producer.close();
    }
  },
});
