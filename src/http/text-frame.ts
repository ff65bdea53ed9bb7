const FIN_AND_TEXT = 0x81;
const LONGEST_HEADER = 10;

/** A text frame of a server (RFC 6455, 5.2): not masked, in one piece. Made once, it can be written to many sockets. */
export const textFrame = (parts: readonly Buffer[]): Buffer => {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = Buffer.allocUnsafe(LONGEST_HEADER + length);
  let at = writeHeader(frame, length);
  for (const part of parts) at += part.copy(frame, at);
  return frame.subarray(0, at);
};

const writeHeader = (frame: Buffer, length: number): number => {
  frame[0] = FIN_AND_TEXT;
  if (length < 126) {
    frame[1] = length;
    return 2;
  }
  if (length < 65_536) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
    return 4;
  }
  frame[1] = 127;
  frame.writeBigUInt64BE(BigInt(length), 2);
  return 10;
};
