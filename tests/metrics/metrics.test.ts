import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import { openEventStream } from '../support/event-stream.js';
import { eventually } from '../support/eventually.js';
import { shareHub } from '../support/shared-hub.js';
import { openStream, register } from '../support/stream-client.js';
import { request } from '../support/test-hub.js';

const hub = await shareHub();
await register(hub, 'Producer', 'Worker');

const scrape = async (headers: Readonly<Record<string, string>> = {}) =>
  await request(`${hub.url}/metrics`, { method: 'GET', headers });

/** The value of a sample, by its name and labels as they are written. */
const valueIn = (text: string, sample: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return line === undefined ? undefined : Number(line.slice(sample.length + 1));
};

/** Counts follow events, which follow the commit. */
const counted = async (sample: string, value: number): Promise<void> =>
  await eventually(async () => valueIn((await scrape()).body, sample) === value);

test('from this machine the metrics need no key, and what a proxy hands on needs one', async () => {
  const { status, headers, body } = await scrape();
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=/);
  assert.equal(valueIn(body, 'granger_modules'), 2);
  for (const header of ['x-forwarded-for', 'forwarded']) {
    const forwarded = { [header]: 'for=203.0.113.7' };
    assert.equal((await scrape(forwarded)).status, 401);
    assert.equal((await scrape({ ...forwarded, authorization: `Bearer ${hub.key}` })).status, 200);
  }
});

test('what is sent, claimed, completed and failed is counted by module, with how long it took', async () => {
  for (let n = 0; n < 3; n++) await hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker' });
  const { items } = (await hub.call('POST', '/v1/modules/Worker/claim', { max: 2 })).body;
  const [done, failed] = items.map(({ delivery: { id, lease } }: (typeof items)[0]) => ({ id, lease }));
  await hub.call('POST', `/v1/deliveries/${done.id}/complete`, { lease: done.lease });
  const error = { code: 'x', message: 'y' };
  await hub.call('POST', `/v1/deliveries/${failed.id}/fail`, { lease: failed.lease, error, retryable: false });
  await counted('granger_messages_sent_total{module="Producer"}', 3);
  for (const [outcome, count] of [
    ['claimed', 2],
    ['completed', 1],
    ['died', 1],
  ] as const)
    await counted(`granger_deliveries_total{module="Worker",outcome="${outcome}"}`, count);
  const { body } = await scrape();
  for (const name of ['granger_delivery_duration_seconds', 'granger_queue_wait_seconds']) {
    assert.equal(valueIn(body, `${name}_count{module="Worker"}`), 1);
    assert.equal(valueIn(body, `${name}_bucket{le="+Inf",module="Worker"}`), 1);
  }
  for (const state of ['pending', 'dead'])
    assert.equal(valueIn(body, `granger_queue_depth{queue="Worker",state="${state}"}`), 1);
  assert.ok(valueIn(body, 'granger_queue_oldest_seconds{queue="Worker"}')! >= 0);
  assert.ok(valueIn(body, 'granger_database_seconds_total')! > 0);
  assert.ok(valueIn(body, 'granger_database_size_bytes')! > 0);
});

test('open streams are counted while they are open', async (t) => {
  await counted('granger_subscribers{kind="websocket"}', 0);
  const client = await openStream(t, hub);
  const stream = await openEventStream(t, `${hub.url}/v1/events`, { key: hub.key });
  await stream.next();
  await counted('granger_subscribers{kind="websocket"}', 1);
  await counted('granger_subscribers{kind="sse"}', 1);
  await client.close();
  stream.close();
  await counted('granger_subscribers{kind="websocket"}', 0);
  await counted('granger_subscribers{kind="sse"}', 0);
});

const file = (name: string) => readFile(new URL(`../../docs/ops/${name}`, import.meta.url), 'utf8');

test('the dashboard and the alert rules ask only for metrics that there are', async () => {
  const { body } = await scrape();
  const known = new Set([...body.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!));
  const dashboard = JSON.parse(await file('grafana-dashboard.json')) as { panels: { targets: { expr: string }[] }[] };
  const rules = parse(await file('alert-rules.yaml')) as { groups: { rules: { expr: string }[] }[] };
  const queries = [
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...rules.groups.flatMap((group) => group.rules.map(({ expr }) => expr)),
  ];
  assert.ok(queries.length > 20);
  const asked = queries.flatMap((expr) => expr.match(/\b(granger|process|nodejs)_\w+/g) ?? []);
  const unknown = asked.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')));
  assert.deepEqual(unknown, []);
});
