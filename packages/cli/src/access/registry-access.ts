/** `millrace access registry`: which principal reads and writes which subjects, printed for whoever gives rights at the registry. */
import {
  type AccessInput,
  alertsContract,
  type Contract,
  changeTopicPrefix,
  hasWarehouse,
  keySubject,
  qualityResultsContract,
  rejectedEventsId,
  valueSubject,
  wantedSubjects,
} from '@millrace/contracts';
import { plural, print, printJson } from '../contracts/command-output.ts';
import { readAccessInput } from './access-input.ts';

/** Who writes may read, too. A subject's compatibility level is written with it. */
export interface SubjectRule {
  readonly service: string;
  readonly may: 'read' | 'write';
  readonly subject: string;
  readonly pattern: 'literal' | 'prefixed';
}

const valuesOf = (contracts: readonly Contract[]): readonly string[] =>
  contracts.map(({ topic }) => valueSubject(topic.name));

/** Pure. Schemas by their id are everyone's: an id says nothing that a record does not. */
export const subjectRules = ({
  contracts,
  transforms,
  settings,
}: AccessInput): readonly SubjectRule[] => {
  const events = contracts.filter(
    ({ source, id }) => source.kind === 'event' || id === rejectedEventsId,
  );
  const transformed = contracts.filter(({ topic }) =>
    transforms.some(({ reads, writes }) => [...reads, ...writes].includes(topic.name)),
  );
  const own = valuesOf([qualityResultsContract(), alertsContract()]);
  const rules = (
    service: string,
    may: SubjectRule['may'],
    subjects: readonly string[],
    pattern: SubjectRule['pattern'] = 'literal',
  ): readonly SubjectRule[] =>
    [...new Set(subjects)].sort().map((subject) => ({ service, may, subject, pattern }));
  return [
    ...rules('ingest', 'read', valuesOf(events)),
    ...settings.captures.flatMap((source) =>
      rules(
        settings.captures.length === 1 ? 'cdc' : `cdc-${source}`,
        'write',
        [`${changeTopicPrefix(source)}.`],
        'prefixed',
      ),
    ),
    ...rules('stream-transform', 'read', valuesOf(transformed)),
    ...rules('sink', 'read', valuesOf(contracts.filter(hasWarehouse))),
    ...rules('quality', 'read', valuesOf(contracts)),
    ...rules('quality', 'write', own),
    ...rules(
      'apply',
      'write',
      wantedSubjects(contracts).map(({ subject }) => subject),
    ),
    ...rules('load', 'read', valuesOf(events)),
    ...rules('operator', 'read', [
      ...valuesOf(contracts),
      ...contracts
        .filter(({ source }) => source.kind === 'change')
        .map(({ topic }) => keySubject(topic.name)),
    ]),
  ];
};

/** Of Confluent's registry with RBAC; `$KAFKA` and `$REGISTRY` are ids of the reader's clusters. */
const bindingOf = ({ service, may, subject, pattern }: SubjectRule, prefix: string): string =>
  [
    `confluent iam rbac role-binding create --principal User:${prefix}${service}`,
    `--role ${may === 'read' ? 'DeveloperRead' : 'DeveloperWrite'} --resource Subject:${subject}`,
    ...(pattern === 'prefixed' ? ['--prefix'] : []),
    '--kafka-cluster "$KAFKA" --schema-registry-cluster "$REGISTRY"',
  ].join(' ');

const apicurioText = (rules: readonly SubjectRule[], prefix: string): string => {
  const writers = new Set(rules.filter(({ may }) => may === 'write').map(({ service }) => service));
  const services = [...new Set(rules.map(({ service }) => service))];
  return services
    .map((name) => `${prefix}${name}: ${writers.has(name) ? 'sr-developer' : 'sr-readonly'}`)
    .join('\n');
};

export const registryAccessCommand = async (flags: {
  readonly project: string;
  readonly prefix: string;
  readonly confluent?: boolean;
  readonly apicurio?: boolean;
  readonly json?: boolean;
}): Promise<void> => {
  const rules = subjectRules(await readAccessInput(flags.project, process.env));
  const { prefix } = flags;
  if (flags.json) printJson({ rules });
  else if (flags.confluent) print(rules.map((rule) => bindingOf(rule, prefix)).join('\n'));
  else if (flags.apicurio) print(apicurioText(rules, prefix));
  else {
    for (const { service, may, subject, pattern } of rules)
      print(`${prefix}${service} may ${may} ${subject}${pattern === 'prefixed' ? '…' : ''}`);
    print(`\n${plural(rules.length, 'rule')}. A registry that knows no subjects: --apicurio.`);
  }
};
