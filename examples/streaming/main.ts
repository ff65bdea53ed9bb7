// The words of an agent as they come. npx tsx examples/streaming/main.ts "Tell me of the sea"
import { GrangerClient } from '../../src/client/entry.js';

const question = process.argv[2] ?? 'Tell me of the sea, in three sentences.';
const hub = new GrangerClient();
await hub.registerModule('Listener', { description: 'Reads along' });
await hub.registerModule('Teller', { description: 'Tells stories', runtime: 'claude' });

const { id } = await hub.send({ from: 'Listener', to: 'Teller', type: 'question', payload: { message: question } });

// After 0 is from the first event that is kept: what the agent has said before somebody looked is not missed.
for await (const { type, data } of hub.events({ message: id, types: ['turn.*', 'delivery.died'], after: 0 })) {
  if (type === 'turn.output') {
    const { kind, text } = data as { kind: string; text: string };
    if (kind === 'text') process.stdout.write(text);
  } else if (type !== 'turn.started') {
    console.log(`\n(${type})`);
    break;
  }
}
await hub.close();
