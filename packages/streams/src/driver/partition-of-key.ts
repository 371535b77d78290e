/**
 * Which partition of the driver a record goes to: records of a key meet. Not the partition that Kafka's clients
 * would choose; without a key the first.
 */
export const partitionOfKey = (key: string | null, partitions: number): number => {
  if (key === null || partitions === 1) return 0;
  let sum = 0;
  for (let at = 0; at < key.length; at += 1) sum = (Math.imul(sum, 31) + key.charCodeAt(at)) | 0;
  return (sum >>> 1) % partitions;
};
