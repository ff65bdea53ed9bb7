import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { agentPids, startAgentHub } from './agent-hub.js';
test('soak', { timeout: 170_000 }, async (t) => {
  const hub = await startAgentHub(t, { settings: { GRANGER_AGENTS_MAX: '3' } });
  let done = false;
  const killer = (async () => { while (!done) { await pause(700 + Math.random() * 900); const pids = await agentPids(hub); const pid = pids[Math.floor(Math.random() * pids.length)]; if (pid) try { process.kill(pid, 'SIGKILL'); } catch {} } })();
  const all: any[] = [];
  await Promise.all([...Array(6).keys()].map(async (c) => { for (let i = 0; i < 10; i++) { const s = await hub.send(`[[slow 40ms x 4]] [[say ${c}-${i}]]`, { conversationId: `c${c}`, maxAttempts: 10 }); all.push(s.id); const r = await hub.call('GET', `/v1/messages/${s.id}/reply?wait=60`); if (r.status !== 200 || r.body.payload.status !== 'SUCCESS') console.log(c, i, r.status, JSON.stringify(r.body).slice(0, 300)); } }));
  done = true; await killer;
  const replies = (await hub.get('/v1/messages?from=Processor&limit=1000')).items;
  const ev = await hub.events({ types: 'instance.*,turn.failed,turn.interrupted,turn.succeeded' });
  const count: any = {}; for (const e of ev) count[e.type + (e.data.error?.code ?? '') + (e.data.reason ?? '').slice(0, 40)] = (count[e.type + (e.data.error?.code ?? '') + (e.data.reason ?? '').slice(0, 40)] ?? 0) + 1;
  console.log(replies.length, count, hub.errors, await hub.get('/v1/stats'));
  assert.equal(replies.length, 60);
});
