/**
 * A detached Ed25519 signature (RFC 8032) of the checksums, so of every file they name: 64 bytes, as `openssl pkeyutl -verify -rawin`
 * takes them. Whose key it is the file cannot say: that is published elsewhere.
 */
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * @param path of a PEM file, as `openssl genpkey -algorithm ed25519` makes it
 * @throws Error when there is none, or it is of another kind
 */
export function readKey(path: string): KeyObject {
  const key = createPrivateKey(readFileSync(path));
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`${path} is a key for ${key.asymmetricKeyType}, and has to be one for ed25519`);
  return key;
}

export const signature = (bytes: Uint8Array, key: KeyObject): Uint8Array => sign(null, bytes, key);
