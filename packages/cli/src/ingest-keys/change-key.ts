/** What becomes of a key when it is made, rotated or revoked. Pure; where keys are kept is key-store.ts. */
import {
  formatProblem,
  hashKeyToken,
  type IngestKey,
  MillraceError,
  mintKeyToken,
  newKeyId,
  parseKeysFile,
} from '@millrace/contracts';

/** A key and the secret that opens it, which is shown once and kept nowhere. */
export interface ChangedKey {
  readonly key: IngestKey;
  /** Absent: it is opened by a certificate. */
  readonly token?: string;
}

const sha256Of = (token: string) => hashKeyToken(token).toString('hex');
const isoOf = (ms: number) => new Date(ms).toISOString();

/** Throws `config.invalid` that names what is wrong with the wishes. */
export const createKey = (
  wishes: Omit<IngestKey, 'id' | 'secrets' | 'createdAt'> & { readonly id?: string },
  nowMs: number,
): ChangedKey => {
  const id = wishes.id ?? newKeyId();
  const token = wishes.certificate === undefined ? mintKeyToken(id) : undefined;
  const key: IngestKey = {
    ...wishes,
    id,
    ...(token !== undefined && { secrets: [{ sha256: sha256Of(token) }] }),
    createdAt: isoOf(nowMs),
  };
  const { problems } = parseKeysFile('the key', JSON.stringify({ keys: [key] }));
  if (problems.length > 0)
    throw new MillraceError('config.invalid', problems.map(formatProblem).join('\n'));
  return { key, ...(token !== undefined && { token }) };
};

/** Secrets before the newest end after the overlap, or when they would have ended anyway. */
export const rotateKey = (key: IngestKey, overlapMs: number, nowMs: number): ChangedKey => {
  refuseRevoked(key);
  if (key.certificate !== undefined)
    throw new MillraceError(
      'config.invalid',
      `${key.id} is opened by a certificate: renew that at its CA.`,
    );
  const token = mintKeyToken(key.id);
  const endMs = nowMs + overlapMs;
  const older = (key.secrets ?? [])
    .map((secret) => ({ ...secret, until: isoOf(Math.min(endMs, endOf(secret.until))) }))
    .filter(({ until }) => Date.parse(until) > nowMs);
  // A key that is rotated again and again within its overlaps keeps the newest secrets.
  const secrets = [...older.slice(-secretsMax + 1), { sha256: sha256Of(token) }];
  return { key: { ...key, secrets }, token };
};

const secretsMax = 4;

const endOf = (until: string | undefined): number =>
  until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);

/** A revoked key stays in the list, for whoever looks at old refusals. */
export const revokeKey = (key: IngestKey, nowMs: number): IngestKey => {
  refuseRevoked(key);
  return { ...key, revokedAt: isoOf(nowMs) };
};

const refuseRevoked = ({ id, revokedAt }: IngestKey): void => {
  if (revokedAt !== undefined)
    throw new MillraceError('config.invalid', `${id} was revoked at ${revokedAt}; make a new key.`);
};
