/** Sources of a test's project, loaded by the command's own entry as a process that may be killed, and what came of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { EventProject } from '@millrace/testkit';

const entry = fileURLToPath(new URL('../../load.ts', import.meta.url));

export interface SourceLoads {
  /** Writes the file of a source into the stream `orders`. */
  declare(source: string, text: string): Promise<void>;
  start(source: string): ChildProcess;
  /** Runs a source to its end; its summary. */
  load(source: string): Promise<{ readonly accepted: number; readonly rejected: number }>;
  /** Of the events on the topic that begin so, in order. */
  idsOf(prefix: string): Promise<readonly string[]>;
  /** Where the topic ends, in all its partitions: asked in a millisecond, unlike the ids. */
  topicEnd(): Promise<number>;
}

export const createSourceLoads = async (project: EventProject): Promise<SourceLoads> => {
  const folder = join(project.env['MILLRACE_PROJECT']!, 'sources');
  await mkdir(folder);
  /** A position is kept under the source's name, for all tests on one stack. */
  const nameOf = (source: string) => `${project.domain}-${source}`;
  const start: SourceLoads['start'] = (source) => {
    const request = { target: nameOf(source), json: true, strict: true };
    return spawn(process.execPath, [entry, JSON.stringify(request)], {
      env: { ...process.env, ...project.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  };
  return {
    declare: (source, text) =>
      writeFile(
        join(folder, `${source}.yaml`),
        `name: ${nameOf(source)}\nto: ${project.domain}.orders\n${text}`,
      ),
    start,
    load: async (source) => {
      const child = start(source);
      let printed = '';
      child.stdout!.on('data', (chunk) => {
        printed += chunk;
      });
      let told = '';
      child.stderr!.on('data', (chunk) => {
        told += chunk;
      });
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`the load ended with ${code}: ${told}`);
      return JSON.parse(printed) as { accepted: number; rejected: number };
    },
    idsOf: async (prefix) =>
      (await project.ids('orders')).filter((id) => id.startsWith(prefix)).toSorted(),
    topicEnd: async () => {
      const brokers = project.env['MILLRACE_KAFKA_BROKERS']!.split(',');
      const admin = createAdmin({ brokers, clientId: 'test', logger: silentLogger });
      const topic = `events.${project.domain}.orders`;
      const ends = await admin.partitionOffsets(topic).finally(admin.close);
      return ends.reduce((sum, { stable }) => sum + stable, 0);
    },
  };
};
