/**
 * What a block of YAML on a page is, told by its words, and what is wrong with it as such: judged by the code that reads such a
 * file when it is a file. A block that is nothing known is a finding, too, so a new kind gets its judge here.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { valuesProblems } from '@millrace/chart';
import {
  type Contract,
  type ContractProblem,
  parseAccessFile,
  parseOperationsTokens,
  parseProject,
} from '@millrace/contracts';
import { parse } from 'yaml';
import { metricsIn } from '../monitoring/metric-names.ts';
import type { Block, Page } from '../pages/page.ts';
import { contractPart, type Fields, isFields, wholeProject } from './contract-part.ts';

export interface YamlJudges {
  readonly root: string;
  /** Names of all metrics that services have. */
  readonly metrics: ReadonlySet<string>;
}

interface Kind {
  readonly name: string;
  readonly is: (value: unknown) => boolean;
  readonly problems: (block: Given) => readonly string[] | Promise<readonly string[]>;
}

interface Given extends YamlJudges {
  readonly page: Page;
  readonly text: string;
  readonly value: unknown;
}

const has = (value: unknown, ...keys: readonly string[]) =>
  isFields(value) && keys.every((key) => key in value);

/** Placeholders that stand for digits, so that the rest can be judged. */
const filled = (text: string) =>
  text
    .replaceAll('<64 hex digits>', 'a'.repeat(64))
    .replaceAll('"sha256":"…"', `"sha256":"${'a'.repeat(64)}"`);

const messages = (problems: readonly ContractProblem[]) =>
  problems.map(({ field, message }) => [field, message].filter(Boolean).join(': '));

/** What a parser throws that reports by throwing. */
const thrown = (read: () => unknown): readonly string[] => {
  try {
    read();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
};

/** Where services and commands read such files; loaded by their paths, for they have no index. */
export const readers = [
  'services/ingest/src/pull/sources/read-source.ts',
  'services/quality/src/alerts/notifications-file.ts',
  'packages/cli/src/transform/cases/parse-cases.ts',
] as const;

const load = async <T>(root: string, path: (typeof readers)[number]): Promise<T> =>
  (await import(pathToFileURL(join(root, path)).href)) as T;

interface Ingest {
  readonly readSource: (options: Fields) => { readonly problems?: readonly ContractProblem[] };
}
interface Notifications {
  readonly parseNotifications: (text: string, env: NodeJS.ProcessEnv) => unknown;
}
interface Cases {
  readonly parseCases: (text: string, path: string) => unknown;
}

const kinds: readonly Kind[] = [
  {
    name: 'a source of the project',
    is: (value) => has(value, 'to', 'from'),
    async problems({ root, text, value }) {
      const { readSource } = await load<Ingest>(root, readers[0]);
      const env = { PARTNER_KEY: 'a', PARTNER_SECRET: 'b', API_TOKEN: 'c', SHOP_PASSWORD: 'd' };
      const options = { file: 'sources/page.yaml', text, contracts: targets(value as Fields), env };
      return messages(readSource(options).problems ?? []);
    },
  },
  {
    name: 'rules for Prometheus',
    is: (value) => has(value, 'groups'),
    problems: ({ value, metrics }) =>
      (value as { groups: readonly { rules: readonly { alert: string; expr: string }[] }[] }).groups
        .flatMap(({ rules }) => rules)
        .flatMap(({ alert, expr }) =>
          metricsIn(expr)
            .filter((name) => !metrics.has(name))
            .map((name) => `${alert}: no service has ${name}`),
        ),
  },
  {
    name: 'values of the chart',
    is: (value) =>
      has(value, 'kafka', 'clickhouse') || has(value, 'networkPolicy') || has(value, 'sink'),
    problems: ({ root, value }) => valuesProblems(root, value),
  },
  {
    name: 'limits and users of the warehouse',
    is: (value) => has(value, 'users'),
    problems: ({ text }) => messages(parseAccessFile('access.yaml', filled(text)).problems),
  },
  {
    name: 'tokens of operators',
    is: (value) => has(value, 'tokens'),
    problems: ({ text }) => messages(parseOperationsTokens('tokens.yaml', filled(text)).problems),
  },
  {
    name: 'channels of alerts',
    is: (value) => has(value, 'channels'),
    async problems({ root, text }) {
      const { parseNotifications } = await load<Notifications>(root, readers[1]);
      const env = {
        HOOK_SECRET: 'a',
        SLACK_URL: 'https://hooks.example.com/b',
        SMTP_PASSWORD: 'c',
      };
      return thrown(() => parseNotifications(text, env));
    },
  },
  {
    name: 'cases of a transform',
    is: (value) => Array.isArray(value) && value.every((one) => has(one, 'given')),
    async problems({ root, text }) {
      const { parseCases } = await load<Cases>(root, readers[2]);
      return thrown(() => parseCases(text, 'page.cases.yaml'));
    },
  },
  {
    name: 'a contract or a part of one',
    is: (value) => contractPart(value) !== undefined,
    problems({ page, root, value }) {
      const own = contractPart(value) as Fields;
      return messages(parseProject(wholeProject(own, recordsOf(page, own), root)).problems);
    },
  },
];

/** Of a page that shows several records, the one that a whole contract is about. */
function recordsOf(page: Page, contract: Fields): Page {
  const { id } = contract;
  if (typeof id !== 'string') return page;
  const blocks = page.blocks.filter((block) => {
    if (block.language !== 'json') return false;
    const { namespace, name } = JSON.parse(block.code) as Fields;
    return `${namespace}.${name}` === id;
  });
  return { ...page, blocks };
}

/** A contract with every field that a source fills, which is what its mapping is held against. */
function targets(source: Fields): readonly Contract[] {
  const [domain, name] = String(source['to']).split('.');
  const fields = Object.keys((source['map'] as Fields | undefined) ?? { flight_id: '' });
  const schema = [{ name, properties: fields.map((field) => ({ name: field })) }];
  const page = { blocks: [] } as unknown as Page;
  return parseProject(wholeProject({ id: source['to'], domain, schema }, page, '')).contracts;
}

/** The first thing wrong with the block, each kind by its own judge; a block that is nothing known is told as that. */
export async function yamlProblems(
  page: Page,
  block: Block,
  judges: YamlJudges,
): Promise<readonly string[]> {
  let value: unknown;
  try {
    value = parse(filled(block.code), { merge: true });
  } catch (error) {
    return [(error as Error).message.split('\n')[0]!];
  }
  const kind = kinds.find(({ is }) => is(value));
  if (kind === undefined)
    return ['nothing here says what it is (tools/docs/src/blocks/yaml-kinds.ts)'];
  const problems = await kind.problems({ ...judges, page, text: block.code, value });
  return problems.map((problem) => `${kind.name}: ${problem.split('\n')[0]}`);
}
