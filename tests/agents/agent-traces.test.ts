import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attributeOf, startTraceReceiver } from '../support/trace-receiver.js';
import { startAgentHub } from './agent-hub.js';

test('a turn is a span below its delivery, and a program of the agent finds the trace in its environment', async (t) => {
  const receiver = await startTraceReceiver(t);
  const hub = await startAgentHub(t, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } });
  await hub.registerAgent('Processor', { allowedTools: ['Bash'] });
  const { reply } = await hub.ask('[[tool Bash {"command":"echo $TRACEPARENT"}]] [[say done]]');
  const [turn] = await receiver.when('turn');
  const [deliver] = (await receiver.when('deliver')).filter(({ spanId }) => spanId === turn?.parentSpanId);
  const [send] = (await receiver.when('send')).filter(({ spanId }) => spanId === deliver?.parentSpanId);
  assert.ok(send !== undefined && turn !== undefined, 'they hang together');
  assert.deepEqual(
    [attributeOf(turn, 'granger.turn.id'), attributeOf(turn, 'granger.outcome')],
    [reply.payload.turnId, 'succeeded'],
  );
  const { toolCalls } = await hub.get(`/v1/turns/${reply.payload.turnId}`);
  assert.equal(toolCalls[0].result, `00-${send.traceId}-${send.spanId}-01`);
});

test('the later turns of a process are linked to its first, in whose trace its programs go on', async (t) => {
  const receiver = await startTraceReceiver(t);
  const hub = await startAgentHub(t, { settings: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint } });
  for (const word of ['one', 'two']) await hub.ask(`[[say ${word}]]`);
  const [first, second] = await receiver.when('turn', 2);
  assert.notEqual(second?.traceId, first?.traceId);
  assert.deepEqual(
    [first, second].map((span) => span?.links?.map(({ traceId, spanId }) => [traceId, spanId]) ?? []),
    [[], [[first?.traceId, first?.spanId]]],
  );
});
