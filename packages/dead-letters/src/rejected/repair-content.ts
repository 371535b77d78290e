/**
 * Changes fields of an event before it is sent again. Numbers that are not touched keep the text that they came with,
 * so that a 64-bit integer or 1.10 is not another one afterwards.
 */
import { MillraceError } from '@millrace/contracts';

export interface Repair {
  /** `a.b=value` each: JSON where it is JSON, else text. */
  readonly set: readonly string[];
  /** `a.b` each. */
  readonly unset: readonly string[];
  /** `a.b=c` each: the last name of the path becomes `c`. */
  readonly rename: readonly string[];
}

type Fields = Record<string, unknown>;

/** Whether anything is to be changed. */
export const isRepair = ({ set, unset, rename }: Repair): boolean =>
  set.length + unset.length + rename.length > 0;

/** The event's new bytes. Throws `ingest.repair-unfit`. */
export const repairContent = (content: Buffer, mediaType: string, repair: Repair): Buffer => {
  if (!isRepair(repair)) return content;
  if (!/json/.test(mediaType)) throw unfit(`the event is ${mediaType}, and only JSON is repaired`);
  const event = parseExact(content.toString('utf8'));
  const data = /cloudevents/.test(mediaType) && isFields(event) ? event['data'] : event;
  if (!isFields(data)) throw unfit('the event is no JSON object');
  for (const change of repair.rename) {
    const [path, name] = halves(change, '--rename');
    const [owner, last] = resolve(data, path);
    if (owner === undefined || !(last in owner)) continue;
    owner[name] = owner[last];
    delete owner[last];
  }
  for (const path of repair.unset) {
    const [owner, last] = resolve(data, path);
    if (owner !== undefined) delete owner[last];
  }
  for (const change of repair.set) {
    const [path, text] = halves(change, '--set');
    const [owner, last] = resolve(data, path);
    if (owner === undefined) throw unfit(`there is no object to set ${path} in`);
    owner[last] = fieldValue(text);
  }
  return Buffer.from(JSON.stringify(event));
};

const unfit = (reason: string) => new MillraceError('ingest.repair-unfit', reason);

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const halves = (change: string, option: string): readonly [string, string] => {
  const at = change.indexOf('=');
  if (at < 1) throw new MillraceError('config.invalid', `${option} ${change}: write field=value`);
  return [change.slice(0, at), change.slice(at + 1)];
};

/** The object that holds the last name of the path, and that name. */
const resolve = (data: Fields, path: string): readonly [Fields | undefined, string] => {
  const names = path.split('.');
  const last = names.pop()!;
  let owner: Fields | undefined = data;
  for (const name of names) {
    const next: unknown = owner?.[name];
    owner = isFields(next) ? next : undefined;
  }
  return [owner, last];
};

const fieldValue = (text: string): unknown => {
  try {
    return parseExact(text);
  } catch {
    return text;
  }
};

/** JSON with source text (ECMAScript 2026): a number as it was written. */
const json = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

const parseExact = (text: string): unknown => {
  try {
    return json.parse(text, (_key, value, { source }) =>
      typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
    );
  } catch (cause) {
    throw new MillraceError('ingest.repair-unfit', 'the event is not JSON', { cause });
  }
};
