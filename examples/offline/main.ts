import { parseArgs } from 'node:util';
import { startOfflineApi } from './offline-api.js';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8787' }, host: { type: 'string', default: '127.0.0.1' } },
});

const api = await startOfflineApi({ port: Number(values.port), host: values.host });
console.log(api.url);

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.close());
