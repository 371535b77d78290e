/**
 * What a proposed change of contract files would do, and who would notice: the project as it is against the project with
 * the files in place. Which readers exist is what the input observed; without observations it is what the project declares.
 */
import { type Contract, formatProblem, type ProjectFile, parseProject } from '@millrace/contracts';
import type { ImpactObject, ImpactReport, Participant, SchemaChange } from '@millrace/operations';
import type { CatalogInput, CatalogTransform } from './catalog-input.ts';
import { namesIn, wordsIn } from './contract-names.ts';
import { consumersOf, producersOf } from './name-participants.ts';
import { schemaChanges, versionRecord } from './schema-changes.ts';

export interface ProposedFile {
  readonly path: string;
  /** Null takes the file away. */
  readonly text: string | null;
}

type ContractImpact = ImpactReport['contracts'][number];

const withProposal = (
  files: readonly ProjectFile[],
  proposed: readonly ProposedFile[],
): readonly ProjectFile[] => {
  const replaced = new Set(proposed.map(({ path }) => path));
  return [
    ...files.filter(({ path }) => !replaced.has(path)),
    ...proposed.flatMap(({ path, text }) => (text === null ? [] : [{ path, text }])),
  ];
};

/** Top-level fields whose values readers would miss or find otherwise. */
const touchedFields = (changes: readonly SchemaChange[], before: Contract): readonly string[] => {
  const isReadable = new Set(['field-added', 'doc-changed', 'default-changed']);
  const told = changes
    .filter(({ rule, breaking }) => breaking || !isReadable.has(rule))
    .flatMap(({ field, message }) => [field, ...renamedFields(message)])
    .map((field) => field.split(/[.[{]/)[0]!);
  const known = before.record.fields.map(({ name }) => name);
  return [...new Set(told)].filter((name) => known.includes(name));
};

/** The field that a rename leaves behind stands in the message alone. */
const renamedFields = (message: string): readonly string[] => {
  const [, old] = / (?:was renamed from|looks like another name of) (\S+)\.$/.exec(message) ?? [];
  return old === undefined ? [] : [old];
};

const change = (rule: string, field: string, message: string, breaking: boolean): SchemaChange => ({
  ...{ rule, field, message, breaking },
});

const columnChanges = (before: Contract, after: Contract): readonly SchemaChange[] => {
  const [old, now] = [before, after].map(({ warehouse }) => warehouse?.columns ?? []);
  const retyped = old!.flatMap((column): readonly SchemaChange[] => {
    const found = now!.find(({ name }) => name === column.name);
    if (found === undefined || found.type === column.type) return [];
    const message = `the column ${column.name} becomes ${found.type}, it is ${column.type}.`;
    return [change('column-type-changed', column.name, message, true)];
  });
  const moved = [
    ['topic', before.topic.name, after.topic.name],
    ['view', before.warehouse?.view, after.warehouse?.view],
    ['key', before.key.join(', '), after.key.join(', ')],
    ['sorting key', before.warehouse?.orderBy.join(', '), after.warehouse?.orderBy.join(', ')],
  ] as const;
  return [
    ...retyped,
    ...moved.flatMap(([what, from, to]) =>
      from === to
        ? []
        : [
            change(
              `${what.replace(' ', '-')}-changed`,
              '',
              `the ${what} becomes ${to || 'none'}, it is ${from || 'none'}.`,
              true,
            ),
          ],
    ),
  ];
};

/** Fields that a rule's check names, in whatever place. */
const rulesNaming = ({ quality = [] }: Contract, touched: readonly string[]): ImpactObject[] =>
  quality.flatMap(({ id, name, check }) => {
    const used = wordsIn(JSON.stringify(check), touched);
    return used.length === 0
      ? []
      : [{ kind: 'rule', name: id, why: `${name} looks at ${used.join(', ')}` }];
  });

const objectsNaming = (
  { warehouse }: Contract,
  touched: readonly string[],
): readonly ImpactObject[] => {
  if (warehouse === undefined || touched.length === 0) return [];
  const rollups = (warehouse.rollups ?? []).flatMap(({ name, by, measures }) => {
    const used = [...by, ...measures].flatMap((one) => namesIn(one.expression, touched));
    return used.length === 0
      ? []
      : [{ kind: 'rollup' as const, name, why: `counts ${[...new Set(used)].join(', ')}` }];
  });
  const readers = (warehouse.readers ?? []).flatMap(({ role, where = '' }) => {
    const used = namesIn(where, touched);
    return used.length === 0
      ? []
      : [{ kind: 'reader' as const, name: role, why: `chooses rows by ${used.join(', ')}` }];
  });
  const list = touched.join(', ');
  const held = (name: string) => ({ kind: 'dictionary' as const, name, why: `holds ${list}` });
  return [
    { kind: 'view', name: warehouse.view, why: `shows ${list}` },
    ...(warehouse.history === undefined
      ? []
      : [{ kind: 'view' as const, name: `${warehouse.view}_history`, why: `shows ${list}` }]),
    ...rollups,
    ...(warehouse.dictionary === undefined ? [] : [held(`${warehouse.view}_dictionary`)]),
    ...(warehouse.history?.dictionary === undefined
      ? []
      : [held(`${warehouse.view}_history_dictionary`)]),
    ...readers,
  ];
};

const whyTransform = (
  { text, flows }: CatalogTransform,
  id: string,
  touched: readonly string[],
): string => {
  const named = wordsIn(text, touched);
  if (named.length > 0) return `names ${named.join(', ')}`;
  const read = flows.find(({ from }) => from === id)?.fields;
  return read === undefined
    ? 'reads the stream whole, and names none of the fields'
    : `reads ${read.join(', ')}`;
};

/** Transforms that read the stream, and what is made of what they make. */
const downstream = (
  id: string,
  touched: readonly string[],
  transforms: readonly CatalogTransform[],
): readonly ImpactObject[] => {
  const found: ImpactObject[] = [];
  const seen = new Set([id]);
  const follow = (from: string, isFirst: boolean): void => {
    for (const one of transforms.filter(({ flows }) => flows.some((flow) => flow.from === from))) {
      const why = isFirst ? whyTransform(one, id, touched) : `reads ${from}`;
      if (!found.some(({ kind, name }) => kind === 'transform' && name === one.name))
        found.push({ kind: 'transform', name: one.name, why: `${one.path} ${why}` });
      for (const { to } of one.flows.filter((flow) => flow.from === from && !seen.has(flow.to))) {
        seen.add(to);
        found.push({ kind: 'stream', name: to, why: `made by ${one.name}` });
        follow(to, false);
      }
    }
  };
  follow(id, true);
  return found;
};

const readersOf = (
  contract: Contract,
  input: CatalogInput,
  objects: readonly ImpactObject[],
): readonly Participant[] => {
  const isTold = ({ kind, name }: Participant) =>
    kind !== 'transform' || objects.some((one) => one.kind === 'transform' && one.name === name);
  return consumersOf(contract, input).filter(isTold);
};

const goneImpact = (contract: Contract, input: CatalogInput): ContractImpact => {
  const fields = contract.record.fields.map(({ name }) => name);
  const gone = change(
    'contract-removed',
    '',
    `${contract.id} is no longer a contract of the project.`,
    true,
  );
  const objects = [
    ...downstream(contract.id, fields, input.transforms),
    ...objectsNaming(contract, fields),
    ...rulesNaming(contract, fields),
  ];
  return {
    contract: contract.id,
    changes: [gone],
    affected: [...consumersOf(contract, input), ...producersOf(contract, input)],
    columns: (contract.warehouse?.columns ?? []).map(({ name }) => name),
    objects,
  };
};

const changedImpact = (
  before: Contract,
  after: Contract,
  input: CatalogInput,
): ContractImpact | undefined => {
  const level = before.source.kind === 'change' ? before.compatibility : after.compatibility;
  const changes = [
    ...schemaChanges(before.schemaText, after.schemaText, level),
    ...columnChanges(before, after),
  ];
  if (changes.length === 0) return undefined;
  const touched = touchedFields(changes, before);
  const matters = touched.length > 0 || changes.some(({ breaking }) => breaking);
  const objects = matters
    ? [
        ...downstream(before.id, touched, input.transforms),
        ...objectsNaming(before, touched),
        ...rulesNaming(before, touched),
      ]
    : [];
  const columns = (before.warehouse?.columns ?? []).map(({ name }) => name);
  return {
    contract: before.id,
    changes,
    affected: matters ? readersOf(before, input, objects) : [],
    columns: columns.filter((name) => touched.includes(name)),
    objects,
  };
};

/**
 * Of files that are wrong by themselves: what the record in them would do, where there is one. A contract that does not fit its record
 * any more is the usual state of a change that is half written.
 */
const unreadImpact = (
  before: Contract,
  proposed: readonly ProposedFile[],
  input: CatalogInput,
): ContractImpact | undefined => {
  const text = proposed.find(({ path }) => path === before.files.avsc)?.text;
  if (text === undefined || text === null || versionRecord(text) === undefined) return undefined;
  return changedImpact(before, { ...before, schemaText: text }, input);
};

const newImpact = (contract: Contract): ContractImpact => ({
  contract: contract.id,
  changes: [change('contract-added', '', `${contract.id} is new.`, false)],
  ...{ affected: [], columns: [], objects: [] },
});

/**
 * @param files of the project as it is; what they say must be `input.contracts`, up to the platform's own
 * @param proposed in their place, or beside them
 */
export const judgeImpact = (
  files: readonly ProjectFile[],
  proposed: readonly ProposedFile[],
  input: CatalogInput,
): ImpactReport => {
  const before = parseProject(files).contracts;
  const { contracts: after, problems } = parseProject(withProposal(files, proposed));
  const broken = new Set(problems.map(({ file }) => file));
  const isUnread = (one: Contract) => broken.has(one.files.avsc) || broken.has(one.files.odcs);
  const missing = before.filter((one) => !after.some(({ id }) => id === one.id));
  const gone = missing.filter((one) => !isUnread(one));
  const unread = missing.filter(isUnread).map((one) => unreadImpact(one, proposed, input));
  const impacts = after.map((now) => {
    const old = before.find(({ id }) => id === now.id);
    return old === undefined ? newImpact(now) : changedImpact(old, now, input);
  });
  return {
    contracts: [
      ...gone.map((one) => goneImpact(one, input)),
      ...[...unread, ...impacts].filter((one) => one !== undefined),
    ],
    problems: problems.map(formatProblem),
  };
};
