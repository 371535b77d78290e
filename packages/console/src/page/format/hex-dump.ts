/** Bytes as a person reads them: offset, sixteen in hex, and as text where they are. */

const width = 16;
/** Beyond it nobody reads. */
const bytesMax = 16_384;

/** @param base64 as the service sends bytes */
export const hexDump = (base64: string): string => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, bytesMax); at += width) {
    const row = [...bytes.subarray(at, at + width)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·'));
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(width * 3)} ${text.join('')}`);
  }
  if (bytes.length > bytesMax) lines.push(`… ${bytes.length - bytesMax} bytes more`);
  return bytes.length === 0 ? 'empty' : lines.join('\n');
};
