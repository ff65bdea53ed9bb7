// Sends numbers to whoever does statistics, and prints the answer. npx tsx examples/producer-processor/producer.ts
import { GrangerClient } from '../../src/client/entry.js';

const hub = new GrangerClient();
await hub.registerModule('Producer', { description: 'Produces numbers' });
const reply = await hub.request({
  from: 'Producer',
  capability: 'statistics',
  payload: { numbers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
});
console.log(JSON.stringify({ from: reply.from, ...(reply.payload as object) }));
await hub.close();
