// A conversation of several turns with an agent: it remembers, it is forked, found again and read. npx tsx examples/conversation/main.ts
import { GrangerClient } from '../../src/client/entry.js';

interface Conversation {
  readonly id: string;
  readonly title?: string;
}

const hub = new GrangerClient();

await hub.registerModule('Visitor', { description: 'Walks through the zoo' });
await hub.registerModule('Guide', {
  description: 'Knows every animal of the zoo',
  systemPrompt: 'Answer in one sentence.',
  runtime: 'claude',
});

const ask = async (conversationId: string, message: string): Promise<void> => {
  const reply = await hub.request(
    { from: 'Visitor', to: 'Guide', type: 'question', conversationId, payload: { message } },
    { waitSeconds: 120 },
  );
  console.log(`${conversationId}: ${message}\n  ${(reply.payload as { response: string }).response}`);
};

const walk = await hub.call<Conversation>('POST', '/v1/conversations', {
  body: { title: 'A walk through the zoo', participants: ['Visitor', 'Guide'] },
});
await ask(walk.id, 'My name is Ada, and I like giraffes. What should I see first?');
await ask(walk.id, 'And after that?');

// The fork knows what was said so far; what is said in one of the two is not known in the other.
const rain = await hub.call<Conversation>('POST', `/v1/conversations/${walk.id}/fork`, {
  body: { title: 'The same walk in the rain' },
});
await ask(rain.id, 'And if it rains?');
await ask(walk.id, 'What was my name again?');

const found = await hub.call<{ items: Conversation[] }>('GET', '/v1/conversations', { query: { q: 'giraffes ada' } });
console.log(`Where Ada spoke of giraffes: ${found.items.map(({ id, title }) => `${id} (${title})`).join(', ')}`);

const query = { format: 'markdown' };
console.log(`\n${await hub.text('GET', `/v1/conversations/${rain.id}/export`, { query })}`);
await hub.close();
