/**
 * An HTTP API as a source: one part that never ends. A round reads the pages from the cursor on; each page is a batch,
 * whose position is where the next page begins and how far the cursor has come, in the transaction of the page's rows.
 */
import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import jsonata from 'jsonata';
import { createAwaitChange } from '../await-change.ts';
import type { PartPosition, PullSource, RowBatch } from '../pull-source.ts';
import { createHttpClient, type HttpPage } from './http-client.ts';
import type { HttpDeclaration, PagesDeclaration } from './http-declaration.ts';
import {
  advance,
  type CursorState,
  type CursorValue,
  digestOf,
  lowerBound,
  orderOf,
} from './record-cursor.ts';

/** Where reading goes on. */
interface FeedPosition extends CursorState {
  /** Of the page that comes next in the round; absent between rounds. */
  readonly next?: Locator;
  /** What the round that is under way began with. */
  readonly floor?: CursorState;
  /** A digest of the page before, where pages are counted. */
  readonly last?: string;
}

/** A page by its address, or by a parameter of the first page's. */
type Locator = { readonly url: string } | { readonly value: string | number };

export interface HttpSourceOptions {
  readonly declaration: HttpDeclaration;
  readonly everyMs: number;
  readonly clock: Clock;
}

const part = 'feed';

/** One part; without a cursor it is read once, to its end. */
export const createHttpSource = ({
  declaration,
  everyMs,
  clock,
}: HttpSourceOptions): PullSource => {
  const client = createHttpClient(declaration, clock);
  const { cursor, pages } = declaration;
  const records = compile(declaration.records ?? '$');
  const cursorOf = cursor === undefined ? undefined : compile(cursor.field);
  const nextOf = createNext(pages);

  const first = (floor: CursorState): URL => {
    const url = new URL(declaration.http);
    const from = cursor === undefined ? undefined : lowerBound(floor, cursor);
    if (cursor !== undefined && from !== undefined)
      url.searchParams.set(cursor.parameter, String(from));
    return url;
  };

  const locate = (floor: CursorState, next: Locator | undefined): URL => {
    const url = first(floor);
    if (next === undefined) {
      const begin = startOf(pages);
      if (begin !== undefined) url.searchParams.set(begin.parameter, String(begin.value));
      return url;
    }
    if ('value' in next) {
      url.searchParams.set(parameterOf(pages), String(next.value));
      return url;
    }
    const other = new URL(next.url, url);
    if (other.origin === url.origin) return other;
    // Keys go with every request: a page must not be able to send them elsewhere.
    throw new MillraceError(
      'ingest.place-refused',
      `a page of ${url.origin} leads to ${other.origin}`,
    );
  };

  const rowsOf = async (page: HttpPage): Promise<readonly unknown[]> => {
    const found = await evaluate(records, page.body, 'records');
    const rows =
      found === undefined || found === null ? [] : Array.isArray(found) ? found : [found];
    if (rows.every((row) => typeof row === 'object' && row !== null)) return rows;
    throw new MillraceError('ingest.place-refused', 'what `records` gives are no objects');
  };

  const withCursor = (rows: readonly unknown[]) =>
    Promise.all(
      rows.map(async (record) => {
        const value = await evaluate(cursorOf!, record, 'cursor.field');
        orderOf(value);
        return { record, cursor: value as CursorValue };
      }),
    );

  async function* read(
    from: PartPosition | undefined,
    signal: AbortSignal,
  ): AsyncIterable<RowBatch> {
    let position = (from ?? { seen: [] }) as unknown as FeedPosition;
    const floor: CursorState = position.floor ?? withoutRound(position);
    let top: number | undefined;
    const asked = new Set([keyOf(position.next)]);
    for (let isLast = false; !isLast; ) {
      const page = await client.get(locate(floor, position.next), signal);
      const found = await rowsOf(page);
      const last = isCounted(pages) ? digestOf(found) : undefined;
      // beyond its end an API may answer the last page once more, as may one that does not know the parameter
      const rows = last !== undefined && last === position.last ? [] : found;
      const next = await nextOf(page, position.next, rows.length);
      const placed = cursor === undefined ? [] : await withCursor(rows);
      if (cursor?.sorted) top = checkedOrder(placed, top);
      const { fresh, state } =
        cursor === undefined
          ? { fresh: rows, state: { seen: [] } }
          : advance(position, placed, cursor);
      isLast = next === undefined;
      if (next !== undefined && asked.has(keyOf(next)))
        throw new MillraceError(
          'ingest.place-refused',
          'the API names a page as the next one that was read before in this round',
        );
      if (asked.size < askedMax) asked.add(keyOf(next));
      position = isLast
        ? state
        : { ...state, next: next!, floor, ...(last !== undefined && { last }) };
      yield {
        values: fresh,
        faults: new Map(),
        at: (cursor?.sorted ? state : position) as unknown as PartPosition,
        bytes: page.bytes,
        flush: true,
      };
    }
  }

  return {
    async *parts(states) {
      if (cursor === undefined && states.get(part)?.done) return;
      yield { name: part, version: '1', read };
    },
    isText: () => false,
    ...createAwaitChange({ everyMs, clock }),
    close: async () => undefined,
  };
};

/** The largest cursor so far; rejects what was promised to be sorted and is not. */
const checkedOrder = (
  records: readonly { readonly cursor: CursorValue }[],
  before: number | undefined,
): number | undefined => {
  let top = before;
  for (const { cursor } of records) {
    const order = orderOf(cursor);
    if (top !== undefined && order < top)
      throw new MillraceError('ingest.place-refused', 'records are not sorted by their cursor');
    top = order;
  }
  return top;
};

const withoutRound = ({ max, seen }: FeedPosition): CursorState =>
  max === undefined ? { seen } : { max, seen };

/** Pages of a round that are remembered, so that one that leads back ends it. */
const askedMax = 100_000;

/** Of the first page empty. */
const keyOf = (locator: Locator | undefined): string => JSON.stringify(locator) ?? '';

const compile = (source: string): jsonata.Expression => jsonata(source);

const evaluate = async (
  expression: jsonata.Expression,
  input: unknown,
  where: string,
): Promise<unknown> => {
  try {
    const value: unknown = await expression.evaluate(input);
    // JSONata marks its arrays by properties that must not travel on.
    return Array.isArray(value) ? [...value] : value;
  } catch (cause) {
    const { message = String(cause) } = cause as { message?: string };
    throw new MillraceError('ingest.place-refused', `${where}: ${message}`, { cause });
  }
};

/** Whether the next page is named by a number, and not by the one before. */
const isCounted = (pages: PagesDeclaration | undefined): boolean => startOf(pages) !== undefined;

const startOf = (pages: PagesDeclaration | undefined) => {
  if (pages === undefined || typeof pages === 'string') return undefined;
  if ('offset' in pages) return { parameter: pages.offset, value: pages.start };
  return 'page' in pages ? { parameter: pages.page, value: pages.start } : undefined;
};

const parameterOf = (pages: PagesDeclaration | undefined): string => {
  if (pages === undefined || typeof pages === 'string') return '';
  if ('offset' in pages) return pages.offset;
  return 'page' in pages ? pages.page : (pages.parameter ?? '');
};

type Next = (
  page: HttpPage,
  here: Locator | undefined,
  rows: number,
) => Promise<Locator | undefined>;

const createNext = (pages: PagesDeclaration | undefined): Next => {
  if (pages === undefined) return async () => undefined;
  if (pages === 'link') return async ({ link }) => (link === undefined ? undefined : { url: link });
  if ('cursor' in pages) {
    const cursor = compile(pages.cursor);
    return async ({ body }) => {
      const value = await evaluate(cursor, body, 'pages.cursor');
      if (value === undefined || value === null || value === '' || value === false)
        return undefined;
      const text = typeof value === 'number' ? value : String(value);
      return pages.parameter === undefined ? { url: String(text) } : { value: text };
    };
  }
  const { start } = pages;
  const step = (rows: number) => ('offset' in pages ? rows : 1);
  return async (_page, here, rows) => {
    const at = here !== undefined && 'value' in here ? Number(here.value) : start;
    return rows === 0 ? undefined : { value: at + step(rows) };
  };
};
