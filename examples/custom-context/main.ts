// Changes what an agent is told, looks at it before anything is sent, then asks. npx tsx examples/custom-context/main.ts
import { readFileSync } from 'node:fs';
import { GrangerClient } from '../../src/client/entry.js';

interface Context {
  readonly tokens: number;
  readonly turn: { readonly text: string; readonly template: { readonly name: string; readonly revision?: number } };
}

const hub = new GrangerClient();

const registerWriter = (context: object): Promise<unknown> =>
  hub.registerModule('Writer', {
    description: 'Writes about what it is sent',
    dataTypes: { produces: ['summary'] },
    runtime: 'claude',
    context,
  });
/** What the first message of a conversation says to Writer. */
const show = async (when: string): Promise<void> => {
  const { turn, tokens } = await hub.call<Context>('GET', '/v1/modules/Writer/context', {
    query: { from: 'Reader', template: 'query' },
  });
  console.log(
    `${when}, by the template ${turn.template.name} (${tokens} tokens with the system prompt):\n${turn.text}\n`,
  );
};

await hub.registerModule('Reader', { description: 'Reads summaries', dataTypes: { consumes: ['summary'] } });
await registerWriter({});
await show('Before');

await hub.call('PUT', '/v1/templates/terse', {
  body: readFileSync(new URL('terse.yaml', import.meta.url), 'utf8'),
  headers: { 'content-type': 'application/yaml' },
});
await registerWriter({ templates: { query: 'terse' }, parameters: { words: '12' } });
await show('After');

const reply = await hub.request(
  { from: 'Reader', to: 'Writer', type: 'summary.wanted', payload: { message: 'What is a message queue?' } },
  { waitSeconds: 120 },
);
console.log(`Writer: ${(reply.payload as { response: string }).response}`);
await hub.close();
