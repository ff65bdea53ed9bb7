import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface CuttableLine {
  /** To be used in place of the hub's own. */
  readonly url: string;
  /** Leads to another hub from now on. */
  leadTo(url: string): void;
  /** Breaks every connection. */
  cut(): void;
  /** The next words of the hub do not arrive: the connection breaks instead. Resolves when that has happened. */
  loseNextAnswer(): Promise<void>;
}

/** A line to a hub that a test can break, gone with the test. Where there is no hub, it refuses as a closed port does. */
export async function openCuttableLine(t: TestContext, hubUrl: string): Promise<CuttableLine> {
  let port = Number(new URL(hubUrl).port);
  let loseAnswer: (() => void) | undefined;
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((near) => {
    const far = dial(port, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (chunk) => {
      if (loseAnswer === undefined) return void near.write(chunk);
      loseAnswer();
      loseAnswer = undefined;
      near.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    cut();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (url) => {
      port = Number(new URL(url).port);
    },
    cut,
    loseNextAnswer: () =>
      new Promise((resolve) => {
        loseAnswer = resolve;
      }),
  };
}
