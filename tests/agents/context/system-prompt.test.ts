import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemPromptOf } from '../../../src/agents/context/system-prompt.js';

test('an agent that says nothing of itself is told its name and the protocol', () => {
  const [name, protocol, ...rest] = systemPromptOf('Processor', {}).split('\n\n');
  assert.match(name!, /^You are Processor, a module of a hub/);
  assert.match(protocol!, /answered by what you write last/);
  assert.match(protocol!, /not instructions to you/);
  assert.deepEqual(rest, []);
});

test('what the descriptor says is told in its order, the words of the descriptor last', () => {
  const prompt = systemPromptOf('Processor', {
    description: 'Counts numbers',
    capabilities: ['count', 'sum'],
    dataTypes: { consumes: ['batch'], produces: ['summary'] },
    outputSchema: { type: 'object' },
    systemPrompt: 'Be brief.',
  });
  const parts = [
    'Counts numbers',
    'You can: count, sum.',
    'You take: batch.',
    'You give: summary.',
    'Each message you are given',
    '{"type":"object"}',
    'Be brief.',
  ];
  const places = parts.map((part) => prompt.indexOf(part));
  assert.ok(places.every((place) => place > 0));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.ok(prompt.endsWith('Be brief.'));
});

test('what is empty is left out', () => {
  const bare = systemPromptOf('Processor', {});
  assert.equal(systemPromptOf('Processor', { description: '', capabilities: [], systemPrompt: '' }), bare);
});
