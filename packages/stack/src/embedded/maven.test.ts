import { expect, test } from 'vitest';
import { downloadedFile } from './maven.ts';

test('a finished download is read from Maven’s output, everything else is not', () => {
  const base = 'https://repo.example.org/maven2/org/apache/kafka/kafka-clients/4.4.0';
  expect(
    downloadedFile(
      `[INFO] Downloaded from central: ${base}/kafka-clients-4.4.0.jar (10 MB at 9.3 MB/s)`,
    ),
  ).toEqual({ file: 'kafka-clients-4.4.0.jar', size: '10 MB' });
  expect(downloadedFile(`[INFO] Downloading from central: ${base}/x.jar`)).toBeUndefined();
  expect(downloadedFile('[INFO] BUILD SUCCESS')).toBeUndefined();
});
