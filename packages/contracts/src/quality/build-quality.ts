/**
 * The quality rules of a contract, out of ODCS `quality` of the schema and of its properties. What one rule measures is
 * build-check.ts; problems are reported where they stand.
 */
import type { Contract, Warehouse } from '../contract.ts';
import { suggestWord } from '../nearest-word.ts';
import { millraceProperty, type OdcsDocument } from '../odcs/odcs-document.ts';
import type { DocumentPath, SourceDocument } from '../odcs/source-document.ts';
import { validateForm } from '../odcs/validate-odcs.ts';
import type { ContractParts } from '../project/contract-parts.ts';
import type { ContractProblem } from '../project/contract-problem.ts';
import { viewMetadataColumns } from '../warehouse/warehouse-table.ts';
import { type BuiltCheck, buildCheck, type OdcsRule } from './build-check.ts';
import { customCheckSchemas, type RuleSection } from './quality-forms.ts';
import { isRowCheck, type QualityAction, type QualityRule } from './quality-rule.ts';
import type { FieldOfRule } from './rule-field.ts';
import { limitText } from './rule-limit.ts';
import { scheduleFault } from './schedule.ts';

/** Of a rule that names none: each hour, in UTC. */
export const defaultRuleSchedule = '0 * * * *';
const defaultSamplesMax = 20;

interface PlacedRule {
  readonly rule: OdcsRule;
  readonly path: DocumentPath;
  readonly field?: FieldOfRule;
}

interface Surroundings {
  readonly parts: ContractParts;
  readonly document: SourceDocument;
  readonly problems: ContractProblem[];
  readonly warehouse: Warehouse | undefined;
}

const placedRules = (parts: ContractParts, odcs: OdcsDocument): readonly PlacedRule[] => {
  const [schema] = odcs.schema ?? [];
  const ofSchema = (schema?.quality ?? []).map((rule, index) => ({
    rule,
    path: ['schema', 0, 'quality', index],
  }));
  const ofFields = (schema?.properties ?? []).flatMap((property, at) =>
    (property.quality ?? []).map((rule, index) => {
      const field = parts.record.fields.find(({ name }) => name === property.name);
      return {
        ...{ rule, path: ['schema', 0, 'properties', at, 'quality', index] },
        ...(field && { field }),
      };
    }),
  );
  // Prose is for persons, other engines have their own runners.
  return [...ofSchema, ...ofFields].filter(
    ({ rule }) => rule.type !== 'text' && (rule.type !== 'custom' || rule.engine === 'millrace'),
  );
};

/** Severity is free text in ODCS; words that say "take note" do no more than that. */
const actionOf = (severity: string | undefined): QualityAction =>
  /^(?:info|information|notice|low|minor|warn|warning)$/i.test(severity ?? '') ? 'warn' : 'alert';

const sectionOf = (surroundings: Surroundings, placed: PlacedRule): RuleSection | undefined => {
  const custom = placed.rule.customProperties ?? [];
  const index = custom.findIndex(({ property }) => property === millraceProperty);
  if (index < 0) return {};
  const value = custom[index]!.value;
  const path = [...placed.path, 'customProperties', index, 'value'];
  const wrong = validateForm('qualityRule', surroundings.document, path, value);
  surroundings.problems.push(...wrong);
  return wrong.length > 0 ? undefined : (value as RuleSection);
};

const checkOf = (surroundings: Surroundings, placed: PlacedRule): BuiltCheck | undefined => {
  const { parts, document, problems } = surroundings;
  const { rule, path, field } = placed;
  if (rule.type === 'custom') {
    const at = [...path, 'implementation'];
    const words = Object.keys(customCheckSchemas) as (keyof typeof customCheckSchemas)[];
    const given = (rule.implementation as { check?: unknown } | undefined)?.check;
    const word = words.find((one) => one === given);
    if (word === undefined) {
      parts.report(at, {
        rule: 'value-unknown',
        message: `check is ${JSON.stringify(given)}, which engine millrace does not know.`,
        remedy: suggestWord(String(given ?? ''), words),
      });
      return undefined;
    }
    const wrong = validateForm(word, document, at, rule.implementation);
    problems.push(...wrong);
    if (wrong.length > 0) return undefined;
  }
  const known = parts.record.fields.map(({ name }) => name);
  const built = buildCheck(rule, field, known);
  if (!('word' in built)) return built;
  const { word, ...finding } = built;
  parts.report(word === '' ? path : [...path, word], finding);
  return undefined;
};

/** Columns that tell when a row came or what time it is of. */
const timeColumns = ({ columns, role }: Warehouse): readonly string[] => [
  ...columns.filter(({ type }) => /DateTime|Date/.test(type)).map(({ name }) => name),
  ...viewMetadataColumns(role),
];

/** A rule over the table needs one, with the columns that it names. */
const checkTable = (surroundings: Surroundings, placed: PlacedRule, rule: QualityRule): void => {
  const { parts, warehouse } = surroundings;
  const { check } = rule;
  if (warehouse === undefined) {
    if (!rule.onTopic)
      parts.report(placed.path, {
        rule: 'quality-needs-table',
        message: `${check.kind} is judged on the table, and the stream has none.`,
        remedy: 'Add warehouse to the contract, or remove the rule.',
      });
    return;
  }
  if (!('column' in check)) return;
  const known = timeColumns(warehouse);
  if (known.includes(check.column)) return;
  parts.report([...placed.path, 'implementation', 'column'], {
    rule: 'unknown-column',
    message: `${check.column} is no column that tells a time.`,
    remedy: suggestWord(check.column, known),
  });
};

const livingKinds = ['duplicateValues', 'rowCount'];

const checkLive = (
  parts: ContractParts,
  placed: PlacedRule,
  section: RuleSection,
  built: BuiltCheck,
) => {
  if (section.live !== true || isRowCheck(built.check) || livingKinds.includes(built.check.kind))
    return;
  parts.report(placed.path, {
    rule: 'quality-live',
    message: `${built.check.kind} cannot be judged on the topic.`,
    remedy: 'Remove live: the rule runs on the table.',
  });
};

const nameOf = ({ rule, field }: PlacedRule, { check, limit }: BuiltCheck): string => {
  const of = field?.name ?? ('fields' in check ? check.fields.join(', ') : '');
  return rule.name ?? `${check.kind}${of === '' ? '' : ` of ${of}`} ${limitText(limit)}`;
};

const build = (surroundings: Surroundings, placed: PlacedRule): QualityRule | undefined => {
  const { parts, warehouse } = surroundings;
  const { rule, path, field } = placed;
  const section = sectionOf(surroundings, placed);
  const built = checkOf(surroundings, placed);
  const schedule = rule.schedule ?? defaultRuleSchedule;
  const wrong =
    rule.scheduler !== undefined && rule.scheduler !== 'cron'
      ? `${rule.scheduler} is no scheduler of the platform.`
      : scheduleFault(schedule);
  if (wrong !== undefined)
    parts.report([...path, 'schedule'], {
      rule: 'quality-schedule',
      message: `${JSON.stringify(schedule)}: ${wrong}`,
      remedy: 'Write scheduler: cron and five fields in UTC, e.g. schedule: "*/15 * * * *".',
    });
  if (section === undefined || built === undefined || wrong !== undefined) return undefined;
  checkLive(parts, placed, section, built);
  const { kind } = built.check;
  const isLive = isRowCheck(built.check) || kind === 'duplicateValues';
  const isCountOfMinute = kind === 'rowCount' && section.live === true;
  const what =
    'fields' in built.check && field === undefined ? built.check.fields.join('-') : field?.name;
  const made: QualityRule = {
    id: rule.id ?? [what, kind].filter((part) => part !== undefined).join('-'),
    name: nameOf(placed, built),
    ...built,
    ...(rule.dimension !== undefined && { dimension: rule.dimension }),
    ...(rule.severity !== undefined && { severity: rule.severity }),
    ...(rule.businessImpact !== undefined && { businessImpact: rule.businessImpact }),
    action: section.action ?? actionOf(rule.severity),
    schedule,
    onTable: warehouse !== undefined && !isCountOfMinute,
    onTopic: isCountOfMinute || (isLive && section.live !== false),
    samplesMax: section.samples ?? defaultSamplesMax,
  };
  checkTable(surroundings, placed, made);
  return made;
};

/** The rules; ids that would stand twice get a number behind them, ids that were given twice are a problem. */
export const buildQuality = (
  parts: ContractParts,
  document: SourceDocument,
  odcs: OdcsDocument,
  warehouse: Warehouse | undefined,
  problems: ContractProblem[],
): Pick<Contract, 'quality'> => {
  const surroundings = { parts, document, problems, warehouse };
  const taken = new Map<string, number>();
  const rules = placedRules(parts, odcs).flatMap((placed) => {
    const rule = build(surroundings, placed);
    if (rule === undefined) return [];
    const before = taken.get(rule.id) ?? 0;
    taken.set(rule.id, before + 1);
    if (before === 0) return [rule];
    if (placed.rule.id === undefined) return [{ ...rule, id: `${rule.id}-${before + 1}` }];
    parts.report([...placed.path, 'id'], {
      rule: 'duplicate',
      message: `The rule ${rule.id} stands here twice.`,
      remedy: 'Give one of them another id.',
    });
    return [];
  });
  return rules.length === 0 ? {} : { quality: rules };
};
