/**
 * The two clusters of a mirror: it reads `MILLRACE_MIRROR_FROM_*` and writes to `MILLRACE_KAFKA_*`, which are the
 * settings of everything that will run on the copy. Makes no connection by itself.
 */
import { type KafkaConnection, kafkaConnection } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import { defineConfig, kafkaSettings, readConfig, type Setting } from '@millrace/runtime';

type SourceSettings = typeof kafkaSettings;

/** The same settings under names of the source. */
const sourceSettings = Object.fromEntries(
  Object.entries<Setting<unknown>>(kafkaSettings as Record<string, Setting<unknown>>).map(
    ([name, one]) => [
      name,
      { ...one, env: one.env.replace('MILLRACE_KAFKA_', 'MILLRACE_MIRROR_FROM_') },
    ],
  ),
) as unknown as SourceSettings;

const fromConfig = defineConfig('mirror-from', sourceSettings);
const toConfig = defineConfig('mirror', kafkaSettings);

export interface MirrorClusters {
  readonly from: KafkaConnection;
  readonly to: KafkaConnection;
}

/** Throws `config.*`. */
export function mirrorClusters(env: NodeJS.ProcessEnv, logger: Logger): MirrorClusters {
  return {
    from: kafkaConnection(readConfig(fromConfig, env), 'millrace-mirror', logger),
    to: kafkaConnection(readConfig(toConfig, env), 'millrace-mirror', logger),
  };
}
