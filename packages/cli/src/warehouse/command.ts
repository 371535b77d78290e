/** `millrace warehouse access`: who may read what, for a server with SQL users and for one with users in files. */
import { Command, Option } from 'commander';

/** Under another name it is `millrace access warehouse`. */
export const accessCommand = (name = 'access'): Command =>
  new Command(name)
    .description(
      'roles, limits, row policies and users that follow from the contracts and warehouse/access.yaml; prints SQL',
    )
    .option(
      '--project <dir>',
      'directory that holds schemas/ (MILLRACE_PROJECT)',
      process.env['MILLRACE_PROJECT'] ?? process.cwd(),
    )
    .option('--database <name>', 'of the tables (default: that of MILLRACE_CLICKHOUSE_URL)')
    .option('--cluster <name>', 'ON CLUSTER, unless access is replicated on its own')
    .addOption(new Option('--xml', 'print a file for users.d instead').conflicts('apply'))
    .option('--apply', 'carry the statements out (needs ACCESS MANAGEMENT)')
    .addOption(
      new Option(
        '--check',
        'compare with the server; exit code 1 where it differs (needs SHOW ACCESS)',
      ).conflicts(['apply', 'xml']),
    )
    .option('--json', 'with --check: print JSON')
    .addHelpText('after', '\n--apply and --check read MILLRACE_CLICKHOUSE_URL.')
    .action(async (flags) => (await import('./access.ts')).access(flags));

export const warehouseCommand = (): Command =>
  new Command('warehouse')
    .description('the warehouse as its readers see it')
    .addCommand(accessCommand());
