import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type ConfigDeclaration,
  describeMetrics,
  type MetricDescription,
  type Metrics,
} from '@millrace/runtime';

/**
 * What each service declares about itself. Services have no index and import nothing from each other, so
 * this is the one place that loads them by path: config.ts and metrics.ts only, which start nothing.
 */
export interface ServiceDeclarations {
  readonly name: string;
  readonly config: ConfigDeclaration;
  readonly metrics: readonly MetricDescription[];
}

/** @param root the repository's root; services without a config.ts do not exist yet and are left out */
export async function loadServices(root: string): Promise<ServiceDeclarations[]> {
  const directory = join(root, 'services');
  const names = readdirSync(directory)
    .filter((name) => existsSync(join(directory, name, 'src', 'config.ts')))
    .sort();
  return Promise.all(names.map((name) => loadService(name, join(directory, name, 'src'))));
}

async function loadService(name: string, directory: string): Promise<ServiceDeclarations> {
  const config = await soleExport(join(directory, 'config.ts'), isDeclaration);
  const declare = await soleExport(join(directory, 'metrics.ts'), isFunction);
  return { name, config, metrics: describeMetrics(config.service, declare) };
}

/** The one export of a module that has the given shape; throws when there are none or several. */
async function soleExport<T>(path: string, has: (value: unknown) => value is T): Promise<T> {
  const module = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const found = Object.values(module).filter(has);
  const [value] = found;
  if (value === undefined || found.length > 1) {
    throw new Error(`${path} must export exactly one declaration; it exports ${found.length}`);
  }
  return value;
}

const isDeclaration = (value: unknown): value is ConfigDeclaration =>
  typeof value === 'object' && value !== null && 'service' in value && 'settings' in value;

const isFunction = (value: unknown): value is (metrics: Metrics) => unknown =>
  typeof value === 'function';
