/** Which answer belongs to which path of the fixture. */
import type { ImpactRequest, RedriveRequest, Role, SqlRequest } from '@millrace/operations';
import {
  alertReport,
  deadLetterContent,
  deadLetterPage,
  deadLetterReasons,
  failedSamples,
  floodReport,
  gatesReport,
  redriveDryRun,
  redriveReport,
  ruleHistory,
  rulesReport,
  silences,
} from './fixture/errors.ts';
import { flowMap, lagHistory, lagReport } from './fixture/flow.ts';
import {
  auditPage,
  captureReport,
  session,
  sqlEstimate,
  sqlResult,
  tableReport,
  transformReport,
} from './fixture/machinery.ts';
import { catalogFiles, impactReport } from './fixture/proposals.ts';
import {
  catalogList,
  catalogPage,
  catalogSample,
  healthHistory,
  healthReport,
  streamCheck,
} from './fixture/streams.ts';

export interface FixtureQuestion {
  readonly method: string;
  /** Below /api/v1, decoded. */
  readonly path: string;
  readonly url: URL;
  readonly body: unknown;
  readonly role: Role;
  /** Times that a stream was asked to be counted again, and that this was asked about since. */
  readonly checks: { readonly begun: number; readonly asked: number };
  readonly mood: 'full' | 'empty' | 'failing';
}

type Answer = (question: FixtureQuestion, nowMs: number, part: string) => unknown;

const hoursOf = ({ url }: FixtureQuestion): number => Number(url.searchParams.get('hours') ?? 24);
const queryOf = ({ url }: FixtureQuestion, name: string): string =>
  url.searchParams.get(name) ?? '';

const routes: readonly (readonly [method: string, path: RegExp, answer: Answer])[] = [
  ['GET', /^\/session$/, ({ role }) => session(role)],
  ['POST', /^\/session$/, ({ role }) => session(role)],
  ['GET', /^\/flow$/, (_, now) => flowMap(now)],
  [
    'GET',
    /^\/lag$/,
    (question, now) => {
      const report = lagReport(now);
      const name = queryOf(question, 'group');
      return {
        ...report,
        groups: report.groups.filter(({ group }) => name === '' || group === name),
      };
    },
  ],
  [
    'GET',
    /^\/lag\/history$/,
    (question, now) => lagHistory(now, queryOf(question, 'group'), hoursOf(question)),
  ],
  ['GET', /^\/streams$/, (_, now) => healthReport(now)],
  [
    'GET',
    /^\/streams\/([^/]+)\/history$/,
    (question, now, id) => healthHistory(now, id, hoursOf(question)),
  ],
  ['GET', /^\/streams\/([^/]+)\/check$/, ({ checks }, now, id) => streamCheck(now, id, checks)],
  ['POST', /^\/streams\/([^/]+)\/check$/, ({ checks }, now, id) => streamCheck(now, id, checks)],
  ['POST', /^\/streams\/[^/]+\/recount$/, (_, now) => healthReport(now).streams[0]],
  ['GET', /^\/catalog$/, (question, now) => catalogList(now, queryOf(question, 'q'))],
  ['GET', /^\/catalog\/[^/]+\/sample$/, () => catalogSample()],
  [
    'GET',
    /^\/catalog\/([^/]+)\/files$/,
    (question, _, id) => catalogFiles(id, queryOf(question, 'version')),
  ],
  ['POST', /^\/catalog\/impact$/, ({ body }, now) => impactReport(body as ImpactRequest, now)],
  ['GET', /^\/catalog\/([^/]+)$/, (_, now, id) => catalogPage(now, id)],
  ['GET', /^\/quality\/rules$/, (_, now) => rulesReport(now)],
  [
    'GET',
    /^\/quality\/results$/,
    (question, now) => ruleHistory(now, queryOf(question, 'rule'), hoursOf(question)),
  ],
  ['GET', /^\/quality\/results\/[^/]+\/samples$/, () => failedSamples()],
  ['GET', /^\/quality\/gates$/, (_, now) => gatesReport(now)],
  ['PUT', /^\/quality\/gates\/[^/]+$/, () => ({})],
  ['POST', /^\/quality\/run$/, () => ({ results: [] })],
  ['GET', /^\/dead-letters\/floods$/, (_, now) => floodReport(now)],
  ['POST', /^\/dead-letters\/floods\/accept$/, () => ({})],
  ['POST', /^\/dead-letters\/redrives\/[^/]+\/stop$/, () => ({})],
  ['GET', /^\/dead-letters$/, (question, now) => deadLetterPage(now, queryOf(question, 'next'))],
  ['GET', /^\/dead-letters\/reasons$/, (_, now) => deadLetterReasons(now)],
  [
    'GET',
    /^\/dead-letters\/redrives\/[^/]+$/,
    (_, now) => redriveReport(now, { sent: 1_178, endedMs: now }),
  ],
  ['GET', /^\/dead-letters\/([^/]+)$/, (_, now, id) => deadLetterContent(now, id)],
  [
    'POST',
    /^\/dead-letters\/redrive$/,
    ({ body }, now) =>
      (body as RedriveRequest).dryRun
        ? redriveDryRun(now)
        : redriveReport(now, { state: 'running' }),
  ],
  ['GET', /^\/captures$/, (_, now) => captureReport(now)],
  ['GET', /^\/transforms$/, (_, now) => transformReport(now)],
  ['GET', /^\/tables$/, (_, now) => tableReport(now)],
  ['POST', /^\/sql$/, () => sqlResult()],
  ['POST', /^\/sql\/estimate$/, ({ body }) => sqlEstimate(body as SqlRequest)],
  ['GET', /^\/alerts$/, (_, now) => alertReport(now)],
  ['POST', /^\/alerts\/[^/]+\/acknowledge$/, () => ({})],
  ['GET', /^\/silences$/, (_, now) => silences(now)],
  ['POST', /^\/silences$/, (_, now) => silences(now)[0]],
  ['DELETE', /^\/silences\/[^/]+$/, () => ({})],
  ['GET', /^\/audit$/, (_, now) => auditPage(now)],
];

/** @returns undefined when there is no such route, or nothing of that name */
export const answerApi = (question: FixtureQuestion): unknown => {
  for (const [method, pattern, answer] of routes) {
    const match = pattern.exec(question.path);
    if (match === null || method !== question.method) continue;
    const full = answer(question, Date.now(), match[1] ?? '');
    return question.mood === 'empty' && question.path !== '/session' ? emptied(full) : full;
  }
  return undefined;
};

/** The same answer before anything happened: no list holds anything, nothing was counted. */
const emptied = (answer: unknown): unknown => {
  if (Array.isArray(answer)) return [];
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => {
      if (name === 'canary' || name === 'next') return [name, null];
      return [name, name === 'total' ? 0 : emptied(value)];
    }),
  );
};
