import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareHub } from '../support/shared-hub.js';

const hub = await shareHub();
const descriptors: Readonly<Record<string, object>> = {
  Zebra: {
    description: 'Reads PDF files',
    capabilities: ['extract', 'ocr'],
    dataTypes: { consumes: ['pdf'], produces: ['text'] },
  },
  Ant: {
    description: 'Sums up texts',
    capabilities: ['summarize'],
    dataTypes: { consumes: ['text'], produces: ['summary'] },
  },
  mole: { capabilities: ['extract'], dataTypes: { consumes: ['zip'], produces: ['pdf', 'text'] } },
  Owl: { description: 'An agent', runtime: 'claude', capabilities: ['summarize'] },
  Plain: {},
};
for (const [name, descriptor] of Object.entries(descriptors)) await hub.call('PUT', `/v1/modules/${name}`, descriptor);

const names = async (query: string): Promise<string[]> => {
  const { status, body } = await hub.call('GET', `/v1/modules${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body.items.map(({ name }: { name: string }) => name);
};

const everybody = ['Ant', 'Owl', 'Plain', 'Zebra', 'mole'];
const questions: readonly [query: string, expected: readonly string[]][] = [
  ['', everybody],
  ['?capability=extract', ['Zebra', 'mole']],
  ['?capability=extrac', []],
  ['?consumes=text', ['Ant']],
  ['?produces=text', ['Zebra', 'mole']],
  ['?consumes=pdf&produces=text', ['Zebra']],
  ['?runtime=claude', ['Owl']],
  ['?runtime=pull', ['Ant', 'Plain', 'Zebra', 'mole']],
  ['?status=active', everybody],
  ['?status=offline', []],
  ['?q=pdf', ['Zebra']],
  ['?q=MOLE', ['mole']],
  ['?q=agent', ['Owl']],
  ['?q=%25', []],
  ['?q=nothing%20of%20this', []],
  ['?capability=summarize&runtime=pull', ['Ant']],
];

for (const [query, expected] of questions) {
  test(`modules${query} are ${expected.length === 0 ? 'none' : expected.join(', ')}`, async () => {
    assert.deepEqual(await names(query), expected);
  });
}

test('pages one after the other are everybody, in order', async () => {
  const seen: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { body } = await hub.call('GET', `/v1/modules?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...body.items.map(({ name }: { name: string }) => name));
    cursor = body.nextCursor;
  }
  assert.deepEqual(seen, everybody);
});

test('an agent is named by a word or by its settings, and shows them', async () => {
  assert.deepEqual((await hub.call('GET', '/v1/modules/Owl')).body.runtime, { type: 'claude' });
  const runtime = { type: 'claude', model: 'haiku', allowedTools: ['Read'], maxTurns: 3 };
  assert.deepEqual((await hub.call('PATCH', '/v1/modules/Owl', { runtime })).body.runtime, runtime);
});
