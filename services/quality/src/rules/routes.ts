/** `/quality/…` of the API: rules and their results, a look at once, rows that failed, and the gates of streams. */
import { type Contract, hasWarehouse, MillraceError } from '@millrace/contracts';
import { type GateRequest, gateStates, type RunRequest } from '@millrace/operations';
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../audit/audit.ts';
import type { GateKeeper } from './gate-keeper.ts';
import type { LookAtTable } from './look-at-table.ts';
import type { ResultStore } from './result-store.ts';
import type { RuleBoard } from './rule-board.ts';
import { ruleSource } from './table-source.ts';

export interface RoutesOptions {
  readonly contracts: readonly Contract[];
  readonly rules: RuleBoard;
  readonly store: ResultStore;
  readonly look: LookAtTable;
  readonly keeper: GateKeeper;
  readonly nowMs: () => number;
  /** Whatever a person does is written down first. */
  readonly audit: Audit;
}

interface ResultsQuery {
  readonly contract?: string;
  readonly rule?: string;
  readonly hours?: string;
}

const hoursMax = 24 * 365;
const resultsMax = 5_000;

const invalid = (message: string) => new MillraceError('operations.request-invalid', message);

const hoursOf = (text: string | undefined): number => {
  const hours = text === undefined ? 24 : Number(text);
  if (!(hours > 0 && hours <= hoursMax)) throw invalid(`hours is no number up to ${hoursMax}.`);
  return hours;
};

const textOf = (value: unknown, name: string): string => {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw invalid(`${name} is no text.`);
};

export const registerQualityRoutes = (server: FastifyInstance, options: RoutesOptions): void => {
  const { contracts, rules, store, look, keeper, nowMs, audit } = options;
  const viewer = { config: { role: 'viewer' } } as const;
  const operator = { config: { role: 'operator' } } as const;

  const contractOf = (id: string): Contract => {
    const found = contracts.find((contract) => contract.id === id);
    if (found === undefined)
      throw new MillraceError('operations.unknown', `There is no contract ${id}.`);
    return found;
  };

  server.get<{ Querystring: { contract?: string } }>(
    '/quality/rules',
    viewer,
    async ({ query }) => ({
      atMs: nowMs(),
      rules: rules.states(query.contract),
    }),
  );

  server.get<{ Querystring: ResultsQuery }>('/quality/results', viewer, async ({ query }) => {
    const { contract, rule } = query;
    const sinceMs = nowMs() - hoursOf(query.hours) * 3_600_000;
    const filter = { ...(contract && { contract }), ...(rule && { rule }), sinceMs };
    const results = await store.results({ ...filter, limit: resultsMax });
    const oldestFirst = results.toReversed();
    return {
      results,
      measured: {
        atMs: oldestFirst.map(({ atMs }) => atMs),
        values: oldestFirst.map(({ measured }) => measured),
      },
    };
  });

  server.get<{ Params: { id: string } }>(
    '/quality/results/:id/samples',
    viewer,
    async ({ params }) => {
      const samples = await store.samples(params.id);
      if (samples === undefined)
        throw new MillraceError(
          'operations.unknown',
          `There are no rows of a result ${params.id}.`,
        );
      return samples;
    },
  );

  server.post<{ Body: Partial<RunRequest> | null }>('/quality/run', operator, async (request) => {
    const contract = contractOf(textOf(request.body?.contract, 'contract'));
    const rule = request.body?.rule;
    const wanted = (contract.quality ?? []).filter(
      ({ id, onTable }) => onTable && (rule === undefined || id === rule),
    );
    if (!hasWarehouse(contract) || wanted.length === 0)
      throw new MillraceError(
        'operations.unknown',
        `${contract.id} has no such rule on its table.`,
      );
    const what = { action: 'run quality-rules', subject: contract.id, detail: rule ?? 'all' };
    const results = await audit.action(request, what, () =>
      look(contract, wanted, 'all', { source: ruleSource(contract) }),
    );
    return { results };
  });

  server.get('/quality/gates', viewer, async () => keeper.report());

  server.put<{ Params: { contract: string }; Body: Partial<GateRequest> | null }>(
    '/quality/gates/:contract',
    operator,
    async (request) => {
      const state = gateStates.find((one) => one === request.body?.state);
      if (state === undefined) throw invalid(`state is none of ${gateStates.join(', ')}.`);
      const reason = textOf(request.body?.reason, 'reason').slice(0, 500);
      const { id } = contractOf(request.params.contract);
      const by = request.actor?.name ?? 'anybody';
      const what = { action: `${verbs[state]} stream`, subject: id, detail: reason };
      return audit.action(request, what, () => keeper.set(id, state, reason, by));
    },
  );
};

const verbs = { open: 'resume', quarantine: 'quarantine', stopped: 'stop' } as const;
