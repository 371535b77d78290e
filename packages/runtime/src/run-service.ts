/** How a service begins: --help, settings, logger. From there on it is service-life.ts. */
import { MillraceError } from '@millrace/contracts';
import { type ConfigDeclaration, type ConfigOf, serviceSettings } from './config/declaration.ts';
import { renderHelp } from './config/describe-config.ts';
import { readConfig, unknownVariables } from './config/read-config.ts';
import { createLogger } from './logger.ts';
import { outliveReader } from './outlive-reader.ts';
import { exitCodes, liveUntilStopped, type RunningService, type Runtime } from './service-life.ts';

export interface ServiceDefinition<D extends ConfigDeclaration> {
  readonly name: string;
  /** One line for --help. */
  readonly description: string;
  readonly config: D;
  start(config: ConfigOf<D>, runtime: Runtime): Promise<RunningService>;
}

/**
 * Runs a service as this process, the same for all of them: arguments and settings, then its life
 * (service-life.ts). Exit codes: 0 stopped as asked, 1 failed, 2 misused. A second signal, or a stop that
 * outlasts its deadline, ends the process at once; so does an exception that nobody caught, which is a bug:
 * it is logged, and the supervisor starts a sane process.
 */
export const runService = async <D extends ConfigDeclaration>(
  definition: ServiceDefinition<D>,
): Promise<void> => {
  const { name, description, config: declaration } = definition;
  outliveReader();
  const [argument] = process.argv.slice(2);
  if (argument === '--help' || argument === '-h') {
    process.stdout.write(renderHelp(name, description, declaration));
    return;
  }
  if (argument !== undefined) {
    misuse(`${name} takes no argument '${argument}'; environment variables configure it: --help`);
    return;
  }
  const config = readOrMisuse(declaration);
  const own = readOrMisuse({ service: name, settings: serviceSettings(name) });
  if (config === undefined || own === undefined) return;
  const { logLevel, ...life } = own;
  const logger = createLogger({ service: name, level: logLevel });
  for (const variable of unknownVariables(declaration, process.env)) {
    const hint = variable.nearest === undefined ? '' : `; did you mean ${variable.nearest}?`;
    logger.warn({ variable: variable.name }, `unknown variable ignored${hint}`);
  }
  await liveUntilStopped({ name, logger, ...life }, (runtime) => definition.start(config, runtime));
};

const readOrMisuse = <D extends ConfigDeclaration>(declaration: D): ConfigOf<D> | undefined => {
  try {
    return readConfig(declaration, process.env);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    misuse(error.message);
    return undefined;
  }
};

const misuse = (message: string): void => {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCodes.misused;
};
