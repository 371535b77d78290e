/** The content types that the door takes; one place, for the parsers and for the pipeline. */
const formats = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
} as const;

export const mediaTypes = Object.keys(formats) as readonly (keyof typeof formats)[];

/** How the body of an accepted content type is to be read. */
export const formatOf = (contentType: string | undefined): 'json' | 'ndjson' => {
  const essence = contentType?.split(';')[0]?.trim().toLowerCase() ?? '';
  return (formats as Readonly<Record<string, 'json' | 'ndjson'>>)[essence] ?? 'json';
};

/** False when the content type names a charset other than UTF-8 (US-ASCII is a part of it). */
export const isUtf8ContentType = (contentType: string): boolean => {
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1];
  return charset === undefined || /^(utf-?8|us-ascii)$/i.test(charset);
};
