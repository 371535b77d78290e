/** Which image each server of docker-compose.yml is run from here. */
import { attempt } from '../run.ts';
import { buildServerImage, officialImage, type ServerImage } from '../server-image.ts';
import { clickhouse } from './clickhouse.ts';
import { kafka } from './kafka.ts';
import { postgres } from './postgres.ts';
import { prometheus } from './prometheus.ts';
import { registry } from './registry.ts';

/** Those that can be made out of what Maven, npm, Go and Debian publish; Grafana is not among them. */
const ours: Readonly<Record<string, () => ServerImage>> = {
  kafka,
  registry,
  postgres,
  clickhouse,
  prometheus,
};

const lacks = async ({ builder }: ServerImage): Promise<boolean> =>
  builder !== undefined && (await attempt('which', [builder])).code !== 0;

/** An image that can be run, and whose it is; none when neither can be had. */
export interface FoundImage {
  readonly found?: string;
  readonly origin: 'official' | 'ours' | 'none';
}

/**
 * Makes sure that a server's image is there.
 * @param server its service in docker-compose.yml
 * @param image what the file names
 */
export const ensureServerImage = async (server: string, image: string): Promise<FoundImage> => {
  const official = await officialImage(image);
  if (official !== undefined) return { found: official, origin: 'official' };
  const made = ours[server]?.();
  if (made === undefined || (await lacks(made))) return { origin: 'none' };
  const [name, tag] = image.replace(/^.*\//, '').split(':');
  if (tag !== made.tag) throw new Error(`${server}: ours is of ${made.tag}, the file names ${tag}`);
  return {
    found: await buildServerImage(`localhost/millrace-${name}:${tag}`, made),
    origin: 'ours',
  };
};
