/** `millrace stack …`: the command line only; each verb has its own file. */
import { stackParts } from '@millrace/stack';
import { Command, InvalidArgumentError, Option } from 'commander';
import { stackDown } from './down.ts';
import { showLogs } from './logs.ts';
import { showStatus } from './status.ts';
import { stackUp } from './up.ts';

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new InvalidArgumentError('A port is a whole number from 1 to 65535.');
  return port;
}

const dataDirOption = () =>
  new Option('--data-dir <directory>', 'where the stack keeps its data, logs and state').default(
    '.millrace/stack',
  );

function upCommand(): Command {
  const up = new Command('up')
    .description('start the stack and keep it running until SIGINT or SIGTERM')
    .addOption(dataDirOption())
    .addOption(
      new Option('--backend <backend>', 'what it is made of')
        .choices(['embedded', 'containers', 'external'])
        .default('embedded'),
    )
    .option('--json', 'print one line of JSON when everything is ready')
    .option('--detach', 'return when everything is ready and leave the stack running');
  up.option(
    '--clickhouse-users <file>',
    'users.d file for ClickHouse, e.g. of `millrace warehouse access --xml`; read at its start',
  );
  for (const part of stackParts)
    up.option(`--port-${part} <port>`, `port of ${part} (default: a free one)`, parsePort);
  return up.action(stackUp);
}

export function stackCommand(): Command {
  const stack = new Command('stack').description(
    'start and stop Kafka, the registry, PostgreSQL and ClickHouse',
  );
  stack.addCommand(upCommand());
  stack
    .command('down')
    .description('stop the stack of a data directory; its data stay')
    .addOption(dataDirOption())
    .action(stackDown);
  stack
    .command('status')
    .description('tell what runs and where it answers (exit code 1 when nothing runs)')
    .addOption(dataDirOption())
    .option('--json', 'print one line of JSON')
    .action(showStatus);
  stack
    .command('logs')
    .description('print the logs of one part, or of all')
    .argument('[part]', stackParts.join(' | '))
    .addOption(dataDirOption())
    .option('--follow', 'go on printing what is written')
    .option('--lines <count>', 'begin with the last lines of each log', '50')
    .action(showLogs);
  return stack;
}
