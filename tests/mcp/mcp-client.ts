import type { TestContext } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
export type AnyJson = any;

export interface McpClient {
  readonly client: Client;
  /** What the tool gives. */
  use(tool: string, input?: object): Promise<AnyJson>;
  /** The problem with which it refuses. */
  refused(tool: string, input?: object): Promise<AnyJson>;
}

export const eras = { legacy: 'legacy', modern: { pin: '2026-07-28' } } as const;

/** A client of the hub's tools, closed with the test. */
export const connectMcp = async (
  t: TestContext,
  { url, key, era = 'modern' }: { url: string; key: string; era?: keyof typeof eras },
): Promise<McpClient> => {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: eras[era] } });
  const requestInit = { headers: { authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
  t.after(() => client.close());
  const call = async (name: string, input: object, isError: boolean): Promise<AnyJson> => {
    const result = (await client.callTool({ name, arguments: { ...input } })) as AnyJson;
    if ((result.isError === true) !== isError) throw new Error(`${name}: ${JSON.stringify(result)}`);
    return JSON.parse(result.content[0].text);
  };
  return {
    client,
    use: (tool, input = {}) => call(tool, input, false),
    refused: (tool, input = {}) => call(tool, input, true),
  };
};
