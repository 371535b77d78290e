/** Kafka Connect with Debezium as something that can be started: fetched by Maven once, the converter compiled. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JavaProgram, javaProgram } from '../java-program.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

/** As `javaProgram`. */
export const debeziumProgram = (onProgress: (detail: string) => void): Promise<JavaProgram> =>
  javaProgram(
    {
      name: 'debezium',
      description: 'Kafka Connect and Debezium',
      folder: here,
      sources: [join(here, 'WireFormatConverter.java')],
      resources: {
        'META-INF/services/org.apache.kafka.connect.storage.Converter':
          'millrace.WireFormatConverter\n',
      },
      neededBytes: 200 * 1024 * 1024,
    },
    onProgress,
  );
