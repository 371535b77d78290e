/** `millrace ingest|cdc|sink|stream-transform|quality`, `millrace load`: becomes that service's own main.ts or load.ts. What follows is the service's affair. */
import { fileURLToPath } from 'node:url';

/** Services by the names they are started with, and what each does. */
export const services: Readonly<Record<string, string>> = {
  ingest: 'service: events over HTTP onto Kafka',
  cdc: 'service: row changes of PostgreSQL onto Kafka',
  sink: 'service: Kafka into ClickHouse, exactly once',
  'stream-transform': 'service: transforms of streams on Kafka, exactly once',
  quality: 'service: lag, freshness, contracts and errors watched; catalog and console',
};

/**
 * @param args what follows the service's name, e.g. `--help`
 * @param entry the file that is started; a service may have a second one for a task that ends
 */
export async function runService(
  name: string,
  args: readonly string[],
  entry = 'main.ts',
): Promise<void> {
  // By its path and not as a package: services and the command line are of one rank and do not import each other.
  const main = new URL(`../../../services/${name}/src/${entry}`, import.meta.url);
  const mainFile = fileURLToPath(main);
  const { missingNodeFlags, missingServiceEnvironment } = await import('@millrace/runtime');
  if (name === 'quality' && args.length === 0) await buildConsole();
  const missing = missingNodeFlags(name, process.execArgv, process.env['NODE_OPTIONS'] ?? '');
  const environment = missingServiceEnvironment(process.env);
  // the same process with flags and variables that cannot be set from inside: its pid, signals and output stay
  const isBare = missing.length > 0 || Object.keys(environment).length > 0;
  if (isBare && process.execve !== undefined) {
    const argv = [process.execPath, ...process.execArgv, ...missing, mainFile, ...args];
    process.execve(process.execPath, argv, { ...process.env, ...environment });
  }
  process.argv = [process.argv[0] ?? process.execPath, mainFile, ...args];
  await import(main.href);
}

/** The one service with pages: they are built before it starts, when they are not or no longer there. */
const buildConsole = async (): Promise<void> => {
  const { ensureConsole } = await import('@millrace/console');
  await ensureConsole({ tell: (line) => process.stderr.write(`millrace: ${line}\n`) });
};
