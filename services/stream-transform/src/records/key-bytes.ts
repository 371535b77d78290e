/**
 * The bytes of a key in memory that the next key uses again. Keys are short and many: most are copied out of
 * their text without a call.
 */
export interface KeyBytes {
  /** Where the bytes of the last key are, from 0 on. */
  readonly buffer: Buffer;
  /** Puts the key there as UTF-8; answers with how many bytes it takes. */
  put(key: string): number;
}

const SHORT_CHARACTERS = 32;
/** Of a character in UTF-8, at most. */
const CHARACTER_BYTES_MAX = 3;

export const createKeyBytes = (): KeyBytes => {
  let buffer = Buffer.alloc(1024);
  return {
    get buffer() {
      return buffer;
    },
    put(key) {
      const { length } = key;
      if (length <= SHORT_CHARACTERS) {
        let at = 0;
        for (; at < length; at += 1) {
          const code = key.charCodeAt(at);
          if (code >= 0x80) break;
          buffer[at] = code;
        }
        if (at === length) return length;
      }
      if (length * CHARACTER_BYTES_MAX > buffer.length) {
        buffer = Buffer.alloc(length * CHARACTER_BYTES_MAX);
      }
      return buffer.write(key, 0, 'utf8');
    },
  };
};
