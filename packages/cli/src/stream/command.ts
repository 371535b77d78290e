/**
 * `millrace stream list|stop|quarantine|resume`: whether streams are open. It writes to Kafka itself, so it works as well while no
 * service runs. What a state means is packages/gate.
 */
import { userInfo } from 'node:os';
import { type Contract, type GateState, MillraceError, nearestWord } from '@millrace/contracts';
import { type GateWriter, openGateWriter } from '@millrace/gate';
import { createAdmin, kafkaConnection } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { defineConfig, kafkaSettings, readConfig } from '@millrace/runtime';
import { Command } from 'commander';
import { print, printJson } from '../contracts/command-output.ts';
import { readContracts } from '../contracts/read-contracts.ts';
import { tableText } from '../demo/table-text.ts';

const config = defineConfig('stream', kafkaSettings);

interface Flags {
  readonly project: string;
  readonly reason?: string;
  readonly json?: boolean;
}

const withGates = async <T>(work: (gates: GateWriter) => Promise<T>): Promise<T> => {
  const connection = kafkaConnection(readConfig(config, process.env), 'millrace-cli', silentLogger);
  const admin = createAdmin(connection);
  const gates = openGateWriter(connection, admin);
  try {
    return await work(gates);
  } finally {
    await gates.close();
    await admin.close();
  }
};

const list = async ({ project, json }: Flags): Promise<void> => {
  const contracts = await readContracts(project);
  const gates = await withGates((writer) => writer.read());
  const rows = contracts.map(({ id }) => {
    const gate = gates.get(id);
    return {
      ...{ stream: id, state: gate?.state ?? 'open' },
      since: gate === undefined ? '' : new Date(gate.atMs).toISOString(),
      ...{ by: gate?.by ?? '', reason: gate?.reason ?? '' },
    };
  });
  if (rows.some(({ state }) => state !== 'open')) process.exitCode = 1;
  if (json) printJson({ streams: rows });
  else print(tableText(rows));
};

const requireContract = (contracts: readonly Contract[], id: string): void => {
  const ids = contracts.map((contract) => contract.id);
  if (ids.includes(id)) return;
  const near = nearestWord(id, ids);
  const hint = near === undefined ? '' : ` Did you mean ${near}?`;
  throw new MillraceError('operations.stream-unknown', `There is no contract ${id}.${hint}`);
};

const done = {
  open: 'is open',
  quarantine: 'is in quarantine: its door keeps events aside',
  stopped: 'is stopped: its door takes nothing, and nothing of it lands',
} as const;

const put =
  (state: GateState) =>
  async (id: string, { project, reason = '', json }: Flags): Promise<void> => {
    requireContract(await readContracts(project), id);
    const gate = { state, reason, by: userInfo().username, atMs: Date.now() };
    await withGates((writer) => writer.put(id, gate));
    if (json) printJson({ stream: id, ...gate });
    else print(`${id} ${done[state]}.`);
  };

const withProject = (command: Command): Command =>
  command
    .option(
      '--project <dir>',
      'directory that holds schemas/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    )
    .option('--json', 'print JSON');

export const streamCommand = (): Command =>
  new Command('stream')
    .description('stop streams, set them aside, open them again')
    .addCommand(
      withProject(new Command('list'))
        .description('which streams are open; exit code 1 when one is not')
        .action(list),
    )
    .addCommand(
      withProject(new Command('stop').argument('<stream>', 'id of its contract'))
        .description('the door takes nothing for it, the sink lands nothing of it')
        .requiredOption('--reason <text>', 'why; senders are told')
        .action(put('stopped')),
    )
    .addCommand(
      withProject(new Command('quarantine').argument('<stream>', 'id of its contract'))
        .description('the door keeps its events aside, as rejected events')
        .requiredOption('--reason <text>', 'why; senders are told')
        .action(put('quarantine')),
    )
    .addCommand(
      withProject(new Command('resume').argument('<stream>', 'id of its contract'))
        .description('open it again')
        .option('--reason <text>', 'what was mended', '')
        .action(put('open')),
    );
