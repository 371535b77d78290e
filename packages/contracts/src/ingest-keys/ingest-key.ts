/**
 * A key of the HTTP door: who sends, to which streams, how much, until when. The same shape in the compacted topic that
 * `millrace ingest keys` writes and in a file under version control. Secrets stand here as hashes only.
 */
import { readSourceDocument, type SourceDocument } from '../odcs/source-document.ts';
import { validateForm } from '../odcs/validate-odcs.ts';
import type { ContractProblem } from '../project/contract-problem.ts';

/** One of the secrets that open a key; two are live while a rotation overlaps. */
export interface KeySecret {
  /** SHA-256 of the token, hex. */
  readonly sha256: string;
  /** ISO 8601; absent: as long as the key. */
  readonly until?: string;
}

/** Per second and door; what is absent is the door's default. */
export interface KeyLimits {
  readonly requests?: number;
  readonly events?: number;
  readonly bytes?: number;
}

export interface IngestKey {
  readonly id: string;
  /** Whose it is; shown in logs and kept with rejected events. */
  readonly name: string;
  /** Streams by pattern: scope.ts. */
  readonly scopes: readonly string[];
  readonly secrets?: readonly KeySecret[];
  /** A client certificate's name in place of a secret: `CN=loader`, `DNS:loader.example`, `URI:spiffe://…`. */
  readonly certificate?: string;
  readonly limits?: KeyLimits;
  /** Events a UTC day and door. */
  readonly eventsPerDay?: number;
  /** ISO 8601, inclusive. */
  readonly notBefore?: string;
  /** ISO 8601, exclusive. */
  readonly notAfter?: string;
  /** A browser's key: it may stand in the URL, and counts only from pages of these origins. */
  readonly origins?: readonly string[];
  readonly createdAt?: string;
  readonly revokedAt?: string;
}

export type KeyState = 'active' | 'pending' | 'expired' | 'revoked';

/** Whether the key holds now; of its secrets each has an end of its own. */
export const keyStateAt = (key: IngestKey, nowMs: number): KeyState => {
  if (key.revokedAt !== undefined) return 'revoked';
  if (key.notAfter !== undefined && Date.parse(key.notAfter) <= nowMs) return 'expired';
  if (key.notBefore !== undefined && Date.parse(key.notBefore) > nowMs) return 'pending';
  return 'active';
};

/** Record key of a key in `_millrace.ingest.keys`. */
export const keyRecordKey = (id: string): string => `key/${id}`;
/** When a key was last used, as it stands in the same topic. */
export const keyUseRecordKey = (id: string): string => `used/${id}`;

export interface ReadKeys {
  readonly keys: readonly IngestKey[];
  readonly problems: readonly ContractProblem[];
}

/** One key as JSON, as it stands in the topic; undefined when it is none. */
export const parseIngestKey = (text: string): IngestKey | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const document = { file: '', value, problemAt: (_path: unknown, problem: object) => problem };
  const wrong = validateForm('ingestKey', document as SourceDocument, [], value);
  return wrong.length === 0 ? (value as IngestKey) : undefined;
};

/** `keys:` of a YAML or JSON file; the problems say file and line. */
export const parseKeysFile = (file: string, text: string): ReadKeys => {
  const { document, problems } = readSourceDocument(file, text);
  if (problems.length > 0) return { keys: [], problems };
  const wrong = validateForm('ingestKeysFile', document, [], document.value);
  if (wrong.length > 0) return { keys: [], problems: wrong };
  const { keys } = document.value as { keys: readonly IngestKey[] };
  const ids = new Set<string>();
  const repeated = keys.flatMap(({ id }, index) => {
    if (!ids.has(id)) {
      ids.add(id);
      return [];
    }
    return [
      document.problemAt(['keys', index, 'id'], {
        rule: 'duplicate',
        message: `The id ${id} stands here twice.`,
        remedy: 'Give one of them another id.',
      }),
    ];
  });
  return { keys, problems: repeated };
};
