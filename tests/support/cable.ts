import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Cable {
  /** The address of the server by way of the cable. */
  readonly url: string;
  /** From now on nothing comes through, and nobody is told. */
  cut(): void;
  /** Nothing comes back from the server; what goes there arrives. */
  cutAnswers(): void;
  mend(): void;
}

/** Stands between a hub and its server, and can swallow what goes through. Taken away with the test. */
export const cableTo = async (t: TestContext, url: string): Promise<Cable> => {
  const { hostname, port } = new URL(url);
  const swallows = { asked: false, answered: false };
  const ends = new Set<Socket>();
  const pass = (from: Socket, to: Socket, direction: keyof typeof swallows): void => {
    ends.add(from);
    from.on('error', () => {});
    from.on('data', (bytes) => swallows[direction] || to.write(bytes));
    from.on('close', () => to.destroy());
  };
  const between = createServer((near) => {
    const far = connect(Number(port), hostname);
    pass(near, far, 'asked');
    pass(far, near, 'answered');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => between.once('listening', resolve));
  t.after(() => {
    between.close();
    for (const end of ends) end.destroy();
  });
  const address = between.address() as { port: number };
  return {
    url: Object.assign(new URL(url), { port: String(address.port) }).href,
    cut: () => Object.assign(swallows, { asked: true, answered: true }),
    cutAnswers: () => Object.assign(swallows, { answered: true }),
    mend: () => Object.assign(swallows, { asked: false, answered: false }),
  };
};
