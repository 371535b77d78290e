/** The form of a file of tokens, as JSON Schema. What the words mean is operations-token.ts. */
export const operationsTokensSchema = {
  $schema: 'https://json-schema.org/draft/2019-09/schema',
  type: 'object',
  additionalProperties: false,
  required: ['tokens'],
  properties: {
    tokens: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'name', 'role', 'sha256'],
        properties: {
          id: { type: 'string', pattern: '^[a-z0-9]{4,32}$' },
          name: { type: 'string', minLength: 1, maxLength: 200 },
          role: { enum: ['viewer', 'operator', 'admin'] },
          sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          notAfter: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
} as const;
