/**
 * What a browser keeps for us and can neither read nor change: JSON under AES-256-GCM (NIST SP 800-38D), by keys that several services share. What is kept so
 * needs no memory here. The first key of the file seals, all of them open: that is how keys are changed.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MillraceError } from '@millrace/contracts';
import type { Clock, Logger } from '@millrace/pipeline';
import { followFile } from '@millrace/runtime';

export interface Sealer {
  /** @param keys the one that seals first; none is empty */
  setKeys(keys: readonly string[]): void;
  /** Text for a cookie. What is sealed for one purpose does not open for another. */
  seal(purpose: string, content: object): string;
  /** Undefined for what none of the keys has sealed. */
  open(purpose: string, text: string): unknown;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';
const KEY_CHARACTERS = 32;

const derive = (key: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, '', `millrace ${purpose}`, 32));

export const createSealer = (): Sealer => {
  let keys: readonly string[] = [];
  return {
    setKeys: (given) => {
      keys = given;
    },
    seal: (purpose, content) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, derive(keys[0]!, purpose), iv);
      const parts = [iv, cipher.update(JSON.stringify(content)), cipher.final()];
      return Buffer.concat([...parts, cipher.getAuthTag()]).toString('base64url');
    },
    open: (purpose, text) => {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
      for (const key of keys) {
        const iv = bytes.subarray(0, IV_BYTES);
        const decipher = createDecipheriv(CIPHER, derive(key, purpose), iv, {
          authTagLength: TAG_BYTES,
        });
        decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
        try {
          const plain = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
          return JSON.parse(Buffer.concat([plain, decipher.final()]).toString('utf8'));
        } catch {
          // another key's, or nobody's
        }
      }
      return undefined;
    },
  };
};

const invalid = (message: string) => new MillraceError('config.access-invalid', message);

/** One key a line; lines that begin with # and empty ones are left out. Throws `config.access-invalid`. */
export const parseKeys = (path: string, text: string): readonly string[] => {
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length === 0) throw invalid(`${path} holds no key.`);
  if (keys.some((key) => key.length < KEY_CHARACTERS))
    throw invalid(`${path}: a key has ${KEY_CHARACTERS} characters at least.`);
  return keys;
};

/** Rejects with `config.access-invalid` when the file cannot be used at the start; a bad file later leaves the keys as they were. */
export const followKeysFile = (
  path: string,
  sealer: Sealer,
  options: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> =>
  followFile(path, {
    ...{ ...options, what: 'session keys', take: sealer.setKeys },
    read: async (file) => {
      const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        throw invalid(`${file} cannot be read (${cause.code}).`);
      });
      return parseKeys(file, text);
    },
  });
