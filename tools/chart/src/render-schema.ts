/** values.schema.json: what Helm checks values by at lint, template, install and upgrade. Unknown keys are refused. */
import type { Group, JsonSchema, Value } from './values/value.ts';

const schemaOf = (value: Value): JsonSchema =>
  value.is === 'leaf'
    ? { description: value.description, ...value.schema }
    : {
        description: value.description,
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(
          Object.entries(value.fields).map(([name, field]) => [name, schemaOf(field)]),
        ),
      };

/** The whole schema as text. `global` is what Helm hands to every subchart. */
export const renderSchema = (values: Group): string => {
  const { properties, ...rest } = schemaOf(values);
  const whole = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Millrace',
    ...rest,
    properties: { global: { type: 'object' }, ...(properties as object) },
  };
  return `${JSON.stringify(whole, undefined, 1)}\n`;
};
