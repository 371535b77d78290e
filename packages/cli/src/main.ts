/**
 * The `millrace` command: finds the subcommand and loads only that one, so that `--help` is quick.
 * Exit codes: 0 good, 1 failed, 2 misused. Does nothing itself.
 */
import { MillraceError } from '@millrace/contracts';
import { outliveReader } from '@millrace/runtime/outlive-reader';
import { Command, CommanderError } from 'commander';
import { runService, services } from './run-service-main.ts';
import { whereToLook } from './where-to-look.ts';

interface Subcommand {
  readonly name: string;
  readonly description: string;
  load(): Promise<Command>;
}

const subcommands: readonly Subcommand[] = [
  {
    name: 'demo',
    description: 'real flights and airports through the whole platform, then the analyst’s query',
    load: async () => (await import('./demo/command.ts')).demoCommand(),
  },
  {
    name: 'stack',
    description: 'start and stop Kafka, the registry, PostgreSQL and ClickHouse',
    load: async () => (await import('./stack/command.ts')).stackCommand(),
  },
  {
    name: 'contracts',
    description:
      'check the contracts of a project, compare them with the running system, apply them',
    load: async () => (await import('./contracts/command.ts')).contractsCommand(),
  },
  {
    name: 'transform',
    description: 'check, test and draw the transforms of a project; how they stand, and begin anew',
    load: async () => (await import('./transform/command.ts')).transformCommand(),
  },
  {
    name: 'stream',
    description: 'stop streams, set them aside, open them again',
    load: async () => (await import('./stream/command.ts')).streamCommand(),
  },
  {
    name: 'status',
    description: 'every stream in a line: does it arrive in time, and all of it',
    load: async () => (await import('./status/command.ts')).statusCommand(),
  },
  {
    name: 'top',
    description: 'streams, groups and alerts, live',
    load: async () => (await import('./top/command.ts')).topCommand(),
  },
  {
    name: 'size',
    description:
      'cores, memory and disks for what is to flow; what the loss of one of several does',
    load: async () => (await import('./size/command.ts')).sizeCommand(),
  },
  {
    name: 'lag',
    description: 'how far consumer groups are behind, in records and seconds',
    load: async () => (await import('./lag/command.ts')).lagCommand(),
  },
  {
    name: 'dead',
    description: 'records that could not be processed: how many, why, whole, and sent again',
    load: async () => (await import('./dead/command.ts')).deadCommand(),
  },
  {
    name: 'verify',
    description: 'compare the tables with the topics: what is missing, double or strange',
    load: async () => (await import('./verify/command.ts')).verifyCommand(),
  },
  {
    name: 'warehouse',
    description: 'who may read what in ClickHouse, from the contracts',
    load: async () => (await import('./warehouse/command.ts')).warehouseCommand(),
  },
  {
    name: 'access',
    description: 'what each service may do on each server, and nothing besides',
    load: async () => (await import('./access/command.ts')).accessCommand(),
  },
  {
    name: 'alerts',
    description: 'what needs a person; acknowledge it, silence it',
    load: async () => (await import('./alerts/command.ts')).alertsCommand(),
  },
  {
    name: 'catalog',
    description: 'what streams and tables there are, what they mean, who uses them, and exports',
    load: async () => (await import('./catalog/command.ts')).catalogCommand(),
  },
  {
    name: 'load',
    description: 'load files, folders, object storage or a source of the project onto Kafka, once',
    load: async () => (await import('./load/command.ts')).loadCommand(),
  },
  {
    name: 'replay',
    description: 'land a range of a topic again: what is missing, anew, or into a side table',
    load: async () => (await import('./replay/command.ts')).replayCommand(),
  },
  {
    name: 'backup',
    description: 'save contracts, schemas, topics, groups, state and tables',
    load: async () => (await import('./backup/command.ts')).backupCommand(),
  },
  {
    name: 'restore',
    description: 'put a backup into empty servers, or try whether it could be',
    load: async () => (await import('./backup/command.ts')).restoreCommand(),
  },
  {
    name: 'mirror',
    description: 'copy the topics of one Kafka cluster to another, and carry consumer groups over',
    load: async () => (await import('./mirror/command.ts')).mirrorCommand(),
  },
];

/** These are services; with one of the words behind it, each is a person's question. */
const persons: Readonly<
  Record<string, { readonly words: readonly string[]; load(): Promise<Command> }>
> = {
  cdc: {
    words: [
      'status',
      'slots',
      'snapshot',
      'pause',
      'resume',
      'stop-snapshot',
      'begin-anew',
      'grants',
    ],
    load: async () => (await import('./cdc/command.ts')).cdcCommand(),
  },
  ingest: {
    words: ['keys', 'rejected'],
    load: async () => (await import('./ingest/command.ts')).ingestCommand(),
  },
  quality: {
    words: ['rules', 'run', 'results', 'canary', 'token'],
    load: async () => (await import('./quality/command.ts')).qualityCommand(),
  },
  sink: {
    words: ['status', 'dead'],
    load: async () => (await import('./sink/command.ts')).sinkCommand(),
  },
};

/** `millrace cdc --help`: what a person can ask, before the settings of the service. */
async function printPersonsCommands(service: string): Promise<void> {
  const program = await buildProgram(service);
  const found = program.commands.find((command) => command.name() === service);
  process.stdout.write(`${found?.helpInformation()}\nWithout a command it is the service.\n\n`);
}

/** Makes a command and those below it throw instead of exiting, so that one place decides the exit code. */
function throwOnMisuse(command: Command): Command {
  command.exitOverride();
  for (const child of command.commands) throwOnMisuse(child);
  return command;
}

async function buildProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command('millrace')
    .description('Event streaming with change data capture, exactly once into ClickHouse.')
    .helpCommand(false);
  for (const { name, description, load } of subcommands)
    program.addCommand(name === wanted ? await load() : new Command(name).description(description));
  for (const [name, description] of Object.entries(services))
    program.addCommand(
      name === wanted && persons[name] !== undefined
        ? await persons[name].load()
        : new Command(name).description(description),
    );
  return throwOnMisuse(program);
}

async function main(args: readonly string[]): Promise<void> {
  const [name, ...rest] = args;
  const isPersons = persons[name ?? '']?.words.includes(rest[0] ?? '') === true;
  if (name !== undefined && Object.hasOwn(services, name) && !isPersons) {
    const asksHelp = ['--help', '-h'].includes(rest[0] ?? '');
    if (persons[name] !== undefined && asksHelp) await printPersonsCommands(name);
    await runService(name, rest);
    return;
  }
  const program = await buildProgram(name);
  if (name === undefined) {
    program.outputHelp({ error: true });
    process.exitCode = 2;
    return;
  }
  await program.parseAsync(args, { from: 'user' });
}

/** Started by bin/millrace.mjs under an older Node: the end of that process is the end of this one. */
function endWithLauncher(): void {
  if (process.channel === undefined) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel?.unref();
}

/** An image lacks the packages that run the servers of development. */
const isForDevelopment = (name: string | undefined, error: unknown): boolean =>
  ['stack', 'demo'].includes(name ?? '') &&
  (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';

endWithLauncher();
outliveReader();
try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof MillraceError) {
    process.stderr.write(`millrace: ${error.message}${whereToLook(error)}\n`);
    process.exitCode = error.code.startsWith('config.') ? 2 : 1;
  } else if (isForDevelopment(process.argv[2], error)) {
    process.stderr.write(
      `millrace: ${process.argv[2]} starts servers for development; what it needs for that is not installed here, as in the image.\n`,
    );
    process.exitCode = 1;
  } else {
    // a bug, or a library's own error, whose further fields Node would print: addresses with passwords among them
    const { errorText } = await import('@millrace/runtime');
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = 1;
  }
}
