/**
 * The keys that the door knows, by id: those of the topic and those of the file, of which the file's win. Who changes
 * them is follow-keys.ts and keys-file.ts; a change holds for the next request.
 */
import { timingSafeEqual } from 'node:crypto';
import {
  hashKeyToken,
  type IngestKey,
  type KeyLimits,
  keyIdOf,
  keyStateAt,
} from '@millrace/contracts';
import type { Denial, Identity } from './sender.ts';

export interface KeyRing {
  /** A key of the topic is there, is another now, or (undefined) is gone. */
  put(id: string, key: IngestKey | undefined): void;
  /** Every key of the topic has been put: from now on an unknown one is none. */
  complete(): void;
  /** All keys of the topic are forgotten, for it is read anew. */
  clear(): void;
  /** The keys of the file, all of them. */
  setFileKeys(keys: readonly IngestKey[]): void;
  byToken(token: string, nowMs: number): Identity | Denial;
  byCertificate(names: readonly string[], nowMs: number): Identity | Denial;
  readonly size: number;
}

interface Entry {
  readonly key: IngestKey;
  readonly identity: Identity;
  readonly secrets: readonly { readonly hash: Buffer; readonly untilMs: number }[];
}

const unread: Denial = {
  code: 'ingest.identity-unavailable',
  message: 'The door has not read the keys yet, for Kafka is away.',
};

const unknown: Denial = {
  code: 'ingest.credential-invalid',
  message: 'The key is not known here.',
};

/** @param defaults limits of keys that say nothing of them */
export const createKeyRing = (defaults: KeyLimits): KeyRing => {
  const fromTopic = new Map<string, Entry>();
  let fromFile = new Map<string, Entry>();
  let isComplete = false;
  const find = (id: string) => fromFile.get(id) ?? fromTopic.get(id);
  const entryOf = (key: IngestKey) => openEntry(key, defaults);
  const byName = (name: string): Entry | undefined => {
    for (const entries of [fromFile, fromTopic])
      for (const entry of entries.values()) if (entry.key.certificate === name) return entry;
    return undefined;
  };

  return {
    put: (id, key) => {
      if (key === undefined) fromTopic.delete(id);
      else fromTopic.set(id, entryOf(key));
    },
    complete: () => {
      isComplete = true;
    },
    clear: () => fromTopic.clear(),
    setFileKeys: (keys) => {
      fromFile = new Map(keys.map((key) => [key.id, entryOf(key)]));
    },
    byToken: (token, nowMs) => {
      const id = keyIdOf(token);
      if (id === undefined)
        return { ...unknown, message: 'The key does not have the form mrk_<id>_<secret>.' };
      const entry = find(id);
      const hash = hashKeyToken(token);
      if (entry === undefined) {
        // As long as for a known id, whose existence is so not to be told by the time.
        timingSafeEqual(hash, nothing);
        return isComplete ? unknown : unread;
      }
      // An id that is known and a secret that is not: the id is audited, the answer is as for an unknown one.
      const secret = matching(entry, hash);
      if (secret === undefined) return { ...unknown, keyId: id };
      return held(entry, nowMs, secret.untilMs);
    },
    byCertificate: (names, nowMs) => {
      for (const name of names) {
        const entry = byName(name);
        if (entry !== undefined) return held(entry, nowMs, Number.POSITIVE_INFINITY);
      }
      if (!isComplete) return unread;
      return { ...unknown, message: `No key is for a certificate of ${names.join(', ')}.` };
    },
    get size() {
      return new Set([...fromFile.keys(), ...fromTopic.keys()]).size;
    },
  };
};

const nothing = Buffer.alloc(32);

/** Looks at every secret, whichever it is. */
const matching = ({ secrets }: Entry, hash: Buffer): Entry['secrets'][number] | undefined => {
  let found: Entry['secrets'][number] | undefined;
  for (const secret of secrets) if (timingSafeEqual(secret.hash, hash)) found = secret;
  return found;
};

/** The secret was right: from here on the sender may be told why it does not help. */
const held = ({ key, identity }: Entry, nowMs: number, untilMs: number): Identity | Denial => {
  const state = keyStateAt(key, nowMs);
  if (state === 'active' && nowMs < untilMs) return identity;
  const why = {
    active: 'This secret of the key was replaced by a rotation.',
    pending: `The key holds from ${key.notBefore} on.`,
    expired: `The key ended at ${key.notAfter}.`,
    revoked: 'The key was revoked.',
  }[state];
  return { code: 'ingest.credential-expired', message: why, keyId: key.id };
};

const openEntry = (key: IngestKey, defaults: KeyLimits): Entry => ({
  key,
  secrets: (key.secrets ?? []).map(({ sha256, until }) => ({
    hash: Buffer.from(sha256, 'hex'),
    untilMs: until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until),
  })),
  identity: {
    sender: { id: key.id, name: key.name },
    scopes: key.scopes,
    terms: {
      limits: { ...defaults, ...key.limits },
      ...(key.eventsPerDay === undefined ? {} : { eventsPerDay: key.eventsPerDay }),
    },
    ...(key.origins === undefined ? {} : { origins: key.origins }),
    keyId: key.id,
  },
});
