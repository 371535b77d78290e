/**
 * What is wrong with an Avro schema document, and where. Thrown inside the parser only; the parser's
 * public functions turn it into a MillraceError or a contract problem with a line.
 */
export type SchemaPath = readonly (string | number)[];

export interface SchemaProblem {
  /** Keys from the document's root, e.g. `['fields', 1, 'type']`. */
  readonly path: SchemaPath;
  /** Stable word for the rule of the specification that is broken. */
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

export class SchemaFault extends Error {
  readonly problem: SchemaProblem;

  constructor(problem: SchemaProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The path as a person names it: fields by name instead of index, `fields[1].type` →
 * `delay_minutes.type`.
 */
export const describePath = (document: unknown, path: SchemaPath): string => {
  let at = document;
  let text = '';
  for (let step = 0; step < path.length; step += 1) {
    const key = path[step] as string | number;
    at =
      isObject(at) || Array.isArray(at) ? (at as Record<string | number, unknown>)[key] : undefined;
    if (key === 'fields' && typeof path[step + 1] === 'number') continue;
    const inFields = path[step - 1] === 'fields' && typeof key === 'number';
    const named =
      inFields && isObject(at) && typeof at['name'] === 'string' ? at['name'] : undefined;
    if (named !== undefined) text += `${text === '' ? '' : '.'}${named}`;
    else if (inFields) text += `fields[${key}]`;
    else if (typeof key === 'number') text += `[${key}]`;
    else text += `${text === '' ? '' : '.'}${key}`;
  }
  return text === '' ? 'the schema itself' : text;
};
