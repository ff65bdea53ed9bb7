import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputReader } from './readme-outputs.js';

const sameAs = (shown: string, printed: string): void =>
  assert.deepEqual(new OutputReader().read(shown), new OutputReader().read(printed));
const differs = (shown: string, printed: string): void => assert.throws(() => sameAs(shown, printed));

test('line breaks in shown JSON, ids, times, leases and measured numbers do not count', () => {
  sameAs(
    '{\n  "id": "dlv_1", "lease": "abc",\n  "at": "2026-01-01T00:00:00.000Z", "tookMs": 4\n}\n',
    '{"id":"dlv_77","lease":"xyz","at":"2027-02-02T01:02:03.456Z","tookMs":120}\n',
  );
});

test('every other value counts, and so does a field too many or too few', () => {
  differs('{"state":"done"}', '{"state":"dead"}');
  differs('{"attempt":1}', '{"attempt":2}');
  differs('{"state":"done"}', '{"state":"done","replyId":"msg_2"}');
  differs('{"tookMs":4,"state":"done"}', '{"state":"done"}');
});

test('an id stands for the same thing on both sides', () => {
  sameAs('{"id":"msg_1","replyTo":"msg_1"}', '{"id":"msg_8","replyTo":"msg_8"}');
  differs('{"id":"msg_1","replyTo":"msg_1"}', '{"id":"msg_8","replyTo":"msg_7"}');
});

test('lines that are no JSON are compared as they are', () => {
  sameAs('id: 4\ndata: {"seq":4}\n', 'id: 9\ndata: {"seq":9}\n');
  differs('dlv_1 done\n', 'dlv_1 dead\n');
});
