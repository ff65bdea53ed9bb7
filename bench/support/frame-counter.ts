import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

const TEXT = 1;
const PING = 9;
const PONG_OF_NOTHING = Buffer.from([0x8a, 0x80, 0, 0, 0, 0]);

/**
 * The cheapest WebSocket client that there is: it takes frames of a server apart and hands out their texts. A thousand of it must not
 * be what a benchmark measures.
 */
export class FrameCounter {
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);
  #isOpen = false;

  constructor(url: URL, key: string, hear: (frame: string) => void) {
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.setNoDelay(true);
    this.#socket.write(
      [
        `GET ${url.pathname} HTTP/1.1`,
        `Host: ${url.host}`,
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Protocol: granger.v1',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
        `Authorization: Bearer ${key}`,
        '',
        '',
      ].join('\r\n'),
    );
    this.#socket.on('data', (chunk) => this.#take(chunk, hear));
    this.#socket.on('error', () => undefined);
  }

  /** A masked text frame; the mask is zero, for it hides nothing from anybody here. */
  send(text: string): void {
    const payload = Buffer.from(text);
    if (payload.length > 65_535) throw new RangeError('Longer than a benchmark needs.');
    const isShort = payload.length < 126;
    const head = Buffer.alloc(isShort ? 6 : 8);
    head[0] = 0x81;
    head[1] = 0x80 | (isShort ? payload.length : 126);
    if (!isShort) head.writeUInt16BE(payload.length, 2);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer, hear: (frame: string) => void): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isOpen) {
      const end = data.indexOf('\r\n\r\n');
      if (end < 0) {
        this.#rest = data;
        return;
      }
      if (!data.subarray(0, end).includes(' 101 ')) throw new Error(String(data.subarray(0, end)));
      this.#isOpen = true;
      data = data.subarray(end + 4);
    }
    let at = 0;
    for (;;) {
      const frame = frameAt(data, at);
      if (frame === undefined) break;
      if (frame.opcode === TEXT) hear(data.toString('latin1', frame.start, frame.end));
      else if (frame.opcode === PING) this.#socket.write(PONG_OF_NOTHING);
      at = frame.end;
    }
    this.#rest = data.subarray(at);
  }
}

const frameAt = (data: Buffer, at: number): { opcode: number; start: number; end: number } | undefined => {
  if (data.length < at + 2) return undefined;
  const short = data[at + 1]!;
  const header = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (data.length < at + header) return undefined;
  const length = short < 126 ? short : short === 126 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
  const start = at + header;
  return data.length < start + length ? undefined : { opcode: data[at]! & 0x0f, start, end: start + length };
};
