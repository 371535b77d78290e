/** `millrace load`: what a person can say. The work is the ingest service's second entry, which this process becomes. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { runService } from '../run-service-main.ts';

const notes = `
Examples
  millrace load data/flights.csv --to flights.departed
  millrace load 'data/2001-*.csv.gz' --to flights.departed --map 'flight_id=id, departed_at=date, …'
  millrace load s3://bucket/flights/ --to flights.departed     (AWS_* variables, AWS_ENDPOINT_URL)
  millrace load flights                                        (a source of the project: sources/flights.yaml)

The same command goes on where an earlier one ended, and loads nothing twice. Rejected rows are kept and
counted (millrace ingest rejected list); they do not fail the load unless --strict is given, or none of the
first 1,000 rows is accepted: then it ends before anything is written, unless --keep-going is given.
Reads MILLRACE_PROJECT, MILLRACE_KAFKA_BROKERS and MILLRACE_REGISTRY_URL; a dry run only the first.`;

interface LoadFlags {
  readonly to?: string;
  readonly map?: string;
  readonly format?: string;
  readonly timeFormat?: string;
  readonly zone?: string;
  readonly ignoreOtherColumns: boolean;
  readonly dryRun: boolean;
  readonly strict: boolean;
  readonly keepGoing: boolean;
  readonly json: boolean;
}

const stream = (text: string): string => {
  if (/^[\w-]+\.[\w-]+$/.test(text)) return text;
  throw new InvalidArgumentError('A stream is named <domain>.<name>.');
};

export const loadCommand = (): Command =>
  new Command('load')
    .description('load files, folders, object storage or a source of the project onto Kafka, once')
    .addArgument(new Argument('<what>', 'a file, folder, glob, s3://bucket/prefix, or a source'))
    .addOption(new Option('--to <stream>', 'the stream, e.g. flights.departed').argParser(stream))
    .addOption(
      new Option('--format <format>', 'by the name of the file when left out').choices([
        'csv',
        'ndjson',
        'json',
        'parquet',
      ]),
    )
    .option('--map <mapping>', 'field=column, field=column … or one JSONata expression for the row')
    .option(
      '--time-format <format>',
      'of timestamps: yyyy/MM/dd HH:mm, unix, unix-ms; ISO 8601 otherwise',
    )
    .option('--zone <offset>', 'of timestamps that carry none: Z, +02:00')
    .option('--ignore-other-columns', 'leave out columns that no field is named for', false)
    .option('--dry-run', 'read and judge every row, write nothing', false)
    .option('--strict', 'exit code 1 when a row was rejected', false)
    .option('--keep-going', 'also when the first 1,000 rows are all rejected', false)
    .option('--json', 'print the summary as JSON', false)
    .addHelpText('after', notes)
    .action(async (target: string, flags: LoadFlags) => {
      await runService('ingest', [JSON.stringify({ target, ...flags })], 'load.ts');
    });
