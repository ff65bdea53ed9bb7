import assert from 'node:assert/strict';
import { test } from 'node:test';
import { register } from '../support/stream-client.js';
import { startTestHub, type TestHub } from '../support/test-hub.js';
import { attributeOf, type ReceivedSpan, startTraceReceiver } from '../support/trace-receiver.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${PARENT}-01`;

const claim = async (hub: TestHub, module: string) => {
  const { body } = await hub.call('POST', `/v1/modules/${module}/claim`, {});
  return body.items[0] as {
    delivery: { id: string; lease: string };
    message: { id: string; headers: Record<string, string> };
  };
};
const complete = async (hub: TestHub, { delivery: { id, lease } }: Awaited<ReturnType<typeof claim>>, more = {}) =>
  await hub.call('POST', `/v1/deliveries/${id}/complete`, { lease, ...more });
const ofMessage = (spans: readonly ReceivedSpan[], id: string): ReceivedSpan | undefined =>
  spans.find((span) => attributeOf(span, 'messaging.message.id') === id);

test('one trace goes from who sends over who works to the reply', async (t) => {
  const receiver = await startTraceReceiver(t);
  const hub = await startTestHub(t, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } });
  await register(hub, 'Producer', 'Worker');
  const sent = (
    await hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', headers: { traceparent, mine: 'kept' } })
  ).body;
  const work = await claim(hub, 'Worker');
  assert.equal(work.message.headers.mine, 'kept');
  const { body } = await complete(hub, work, { reply: { payload: 1 } });
  const answer = await claim(hub, 'Producer');
  await complete(hub, answer);
  const sends = await receiver.when('send', 2);
  const deliveries = await receiver.when('deliver', 2);
  assert.deepEqual(new Set([...sends, ...deliveries].map(({ traceId }) => traceId)), new Set([TRACE]));
  const [send, reply] = [ofMessage(sends, sent.id), ofMessage(sends, body.replyId)];
  assert.equal(send?.parentSpanId, PARENT);
  assert.equal(work.message.headers.traceparent, `00-${TRACE}-${send?.spanId}-01`, 'who works goes on from the send');
  assert.equal(ofMessage(deliveries, sent.id)?.parentSpanId, send?.spanId);
  assert.equal(reply?.parentSpanId, send?.spanId);
  assert.equal(ofMessage(deliveries, body.replyId)?.parentSpanId, reply?.spanId);
  assert.deepEqual(
    [attributeOf(ofMessage(deliveries, sent.id), 'granger.outcome'), attributeOf(send, 'granger.sender')],
    ['completed', 'Producer'],
  );
});

test('a message without a trace begins one, a broken one too, and a failure is an error of its span', async (t) => {
  const receiver = await startTraceReceiver(t);
  const hub = await startTestHub(t, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } });
  await register(hub, 'Producer', 'Worker');
  const message = { from: 'Producer', to: 'Worker' };
  await hub.call('POST', '/v1/messages', [message, { ...message, headers: { traceparent: '00-0-0-00' } }]);
  const { delivery, message: claimed } = await claim(hub, 'Worker');
  assert.match(claimed.headers.traceparent!, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  const error = { code: 'x', message: 'y' };
  await hub.call('POST', `/v1/deliveries/${delivery.id}/fail`, { lease: delivery.lease, error, retryable: false });
  const [deliver] = await receiver.when('deliver');
  assert.deepEqual([attributeOf(deliver, 'granger.outcome'), deliver?.status?.code], ['died', 2]);
  const sends = await receiver.when('send', 2);
  assert.equal(new Set(sends.map(({ traceId }) => traceId)).size, 2);
});

test('a hub that stops sends what it has, and one that nobody asked for traces keeps headers as they are', async (t) => {
  const receiver = await startTraceReceiver(t);
  const hub = await startTestHub(t, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } });
  await register(hub, 'Producer', 'Worker');
  await hub.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker' });
  await hub.stop();
  assert.equal(receiver.spans.filter(({ name }) => name === 'send').length, 1);
  const plain = await startTestHub(t);
  await register(plain, 'Producer', 'Worker');
  await plain.call('POST', '/v1/messages', { from: 'Producer', to: 'Worker', headers: { traceparent } });
  assert.deepEqual((await claim(plain, 'Worker')).message.headers, { traceparent });
  assert.equal(receiver.spans.length, 1);
});
