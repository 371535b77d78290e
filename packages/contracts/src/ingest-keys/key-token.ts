/**
 * The token of an ingest key: `mrk_<id>_<secret>`. How it is made, taken apart and hashed; not what it may do, and not
 * where it is kept: nowhere, only its hash is.
 */
import { hash, randomBytes } from 'node:crypto';

/** What begins every token, so that scanners of source code find one that was committed: `mrk_[a-z0-9]{4,32}_[\w-]{43}`. */
const tokenForm = /^mrk_([a-z0-9]{4,32})_[A-Za-z0-9_-]{43}$/;

/** Without 0, 1, i, l and o: an id is read aloud and typed. 31 letters, so a byte above 247 is thrown again. */
const idLetters = 'abcdefghjkmnpqrstuvwxyz23456789';
const idLength = 10;
/** 256 bits. */
const secretBytes = 32;

/** A new id: public, in logs and on the command line. */
export const newKeyId = (): string => {
  let id = '';
  while (id.length < idLength) {
    const byte = randomBytes(1)[0]!;
    if (byte < idLetters.length * 8) id += idLetters[byte % idLetters.length];
  }
  return id;
};

/** A new token for the id: 256 bits of the system's random source as base64url. It cannot be had again. */
export const mintKeyToken = (id: string): string =>
  `mrk_${id}_${randomBytes(secretBytes).toString('base64url')}`;

/** The id in a token; undefined when the text is none. Says nothing about the secret. */
export const keyIdOf = (token: string): string | undefined => tokenForm.exec(token)?.[1];

/**
 * What is kept of a token: SHA-256 over the whole of it, 32 bytes. A slow hash (bcrypt, Argon2) protects words that
 * people choose from being guessed; 256 random bits cannot be guessed, so one would only cost the door its time.
 */
export const hashKeyToken = (token: string): Buffer => hash('sha256', token, 'buffer');
