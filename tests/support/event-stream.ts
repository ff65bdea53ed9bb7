import type { TestContext } from 'node:test';

export interface StreamBlock {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  /** Text after a colon: a heartbeat. */
  readonly comment?: string;
}

export interface EventStream {
  readonly response: Response;
  /** The next block, comments too; undefined when the stream has ended as it should. */
  next(): Promise<StreamBlock | undefined>;
  /** The events of the next `count` blocks that are no comments. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  take(count: number): Promise<any[]>;
  /** The events up to the end of the stream. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
  rest(): Promise<any[]>;
  close(): void;
}

export interface StreamRequest {
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Opens a stream of server-sent events, closed with the test. */
export async function openEventStream(
  t: TestContext,
  url: string,
  { key, headers }: StreamRequest,
): Promise<EventStream> {
  const controller = new AbortController();
  t.after(() => controller.abort());
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${key}`, ...headers },
    signal: controller.signal,
  });
  const blocks = readBlocks(response);
  const next = async (): Promise<StreamBlock | undefined> => (await blocks.next()).value;
  const takeUpTo = async (count: number): Promise<unknown[]> => {
    const taken: unknown[] = [];
    while (taken.length < count) {
      const block = await next();
      if (block === undefined) break;
      if (block.data !== undefined) taken.push(JSON.parse(block.data));
    }
    return taken;
  };
  return {
    response,
    next,
    take: async (count) => {
      const taken = await takeUpTo(count);
      if (taken.length < count) throw new Error(`the stream ended after ${taken.length} of ${count} events`);
      return taken;
    },
    rest: () => takeUpTo(Number.POSITIVE_INFINITY),
    close: () => controller.abort(),
  };
}

async function* readBlocks({ body }: Response): AsyncGenerator<StreamBlock, undefined> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of body ?? []) {
    const blocks = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) yield parseBlock(block);
  }
  return undefined;
}

function parseBlock(block: string): StreamBlock {
  const fields = block.split('\n').map((line) => {
    const [, name = '', value = ''] = /^(\w*): ?(.*)$/.exec(line) ?? [];
    return [name === '' ? 'comment' : name, value];
  });
  return Object.fromEntries(fields);
}
