const LONGEST_CHARACTER = 4;

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** How many bytes a UTF-8 character has that begins with this one; 1 for a byte that begins none. */
function characterLength(byte: number): number {
  if (byte >= 0xc2 && byte <= 0xdf) return 2;
  if (byte >= 0xe0 && byte <= 0xef) return 3;
  return byte >= 0xf0 && byte <= 0xf4 ? 4 : 1;
}

/** The bytes without the character, 3 bytes of it at most, that is not whole at their end. */
export function withoutSplitEnd(bytes: Buffer): Buffer {
  for (let at = bytes.length - 1; at >= 0 && at > bytes.length - LONGEST_CHARACTER; at -= 1) {
    const byte = bytes.readUInt8(at);
    if (isContinuation(byte)) continue;
    return at + characterLength(byte) > bytes.length ? bytes.subarray(0, at) : bytes;
  }
  return bytes;
}

/** The bytes without those at their start that can only continue a character. */
export function withoutSplitStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < Math.min(bytes.length, LONGEST_CHARACTER - 1) && isContinuation(bytes.readUInt8(start))) start += 1;
  return bytes.subarray(start);
}
