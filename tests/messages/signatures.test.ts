import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { type BrokerBench, openBench } from '../support/broker-bench.js';
import type { AnyJson } from '../support/broker-client.js';

const SECRET = '/v1/modules/Signer/signing-secret';
const MINUTES_MS = 60_000;

/** A bench on which Signer must sign what it sends. */
const openSigner = async (t: Parameters<typeof openBench>[0]): Promise<BrokerBench> => {
  const bench = await openBench(t);
  await bench.expect(201, 'PUT', '/v1/modules/Signer', { requireSignature: true });
  return bench;
};

const setSecret = async (bench: BrokerBench, body: object = {}): Promise<string> =>
  (await bench.expect(200, 'PUT', SECRET, body)).secret;

interface Signing {
  readonly secret: string;
  readonly payload?: unknown;
  readonly id?: string;
  readonly timestamp?: string;
}

/** Made by hand, as a sender in another language would. */
const signatureOf = ({ secret, payload = { n: 1 }, id = 'order-1', timestamp = '' }: Signing): string => {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const content = `${id}.${timestamp}.${JSON.stringify(payload)}`;
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
};

const secondsAgo = (bench: BrokerBench, seconds: number): string =>
  String(Math.floor(bench.clock.now() / 1000) - seconds);

const signed = (bench: BrokerBench, secret: string, change: object = {}) => {
  const timestamp = secondsAgo(bench, 0);
  return {
    from: 'Signer',
    to: 'Worker',
    payload: { n: 1 },
    headers: { 'webhook-id': 'order-1', 'webhook-timestamp': timestamp },
    signature: signatureOf({ secret, timestamp }),
    ...change,
  };
};

const refusal = async (bench: BrokerBench, message: object): Promise<unknown[]> => {
  const { status, body } = await bench.call('POST', '/v1/messages', message);
  return [status, body.code, body.errors?.[0].pointer];
};

const badSignature = [401, 'bad_signature', '/signature'];

test('a message with the right signature is accepted, and kept with it', async (t) => {
  const bench = await openSigner(t);
  const message = signed(bench, await setSecret(bench));
  const { id } = await bench.send(message);
  const kept = await bench.message(id);
  assert.deepEqual([kept.signature, kept.headers, kept.signatureValid], [message.signature, message.headers, true]);
  const claimed = await bench.claimOne();
  assert.deepEqual([claimed.message.signature, claimed.message.headers], [message.signature, message.headers]);
});

test('a signature holds for any payload, also for none', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  const timestamp = secondsAgo(bench, 0);
  for (const payload of [null, 7, 'é "quoted" \u2028', [1, [2]], { b: 1, a: { c: [] } }, 0.1, {}]) {
    const { id } = await bench.send(
      signed(bench, secret, { payload, signature: signatureOf({ secret, payload, timestamp }) }),
    );
    assert.equal((await bench.message(id)).signatureValid, true);
  }
  const { payload: _, ...bare } = signed(bench, secret, { signature: signatureOf({ secret, payload: {}, timestamp }) });
  assert.equal((await bench.message((await bench.send(bare)).id)).signatureValid, true);
});

const wrong: Readonly<Record<string, (bench: BrokerBench, secret: string) => object>> = {
  'no signature': () => ({ signature: undefined }),
  'an empty signature': () => ({ signature: '' }),
  'a signature of another secret': (bench) => ({
    signature: signatureOf({ secret: 'another secret of some length', timestamp: secondsAgo(bench, 0) }),
  }),
  'another payload': () => ({ payload: { n: 2 } }),
  'another id': (bench) => ({ headers: { 'webhook-id': 'order-2', 'webhook-timestamp': secondsAgo(bench, 0) } }),
  'another time': (bench) => ({ headers: { 'webhook-id': 'order-1', 'webhook-timestamp': secondsAgo(bench, 1) } }),
  'no id': (bench) => ({ headers: { 'webhook-timestamp': secondsAgo(bench, 0) } }),
  'no time': () => ({ headers: { 'webhook-id': 'order-1' } }),
  'no headers': () => ({ headers: undefined }),
  'a time that is none': (_, secret) => ({
    headers: { 'webhook-id': 'order-1', 'webhook-timestamp': 'now' },
    signature: signatureOf({ secret, timestamp: 'now' }),
  }),
};

test('a message that is not signed right is refused where its sender must sign, and nothing is stored', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  for (const [what, changeOf] of Object.entries(wrong)) {
    await t.test(`with ${what}`, async () => {
      assert.deepEqual(await refusal(bench, signed(bench, secret, changeOf(bench, secret))), badSignature);
      assert.deepEqual(await bench.rows('select id from messages'), []);
    });
  }
});

test('a signature is good for 5 minutes either way', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  const of = (seconds: number) => {
    const timestamp = secondsAgo(bench, seconds);
    return signed(bench, secret, {
      headers: { 'webhook-id': 'order-1', 'webhook-timestamp': timestamp },
      signature: signatureOf({ secret, timestamp }),
    });
  };
  for (const seconds of [300, -300]) await bench.send(of(seconds));
  for (const seconds of [301, -301]) assert.deepEqual(await refusal(bench, of(seconds)), badSignature);
});

test('what was accepted once stays valid when its time is long over', async (t) => {
  const bench = await openSigner(t);
  const { id } = await bench.send(signed(bench, await setSecret(bench)));
  bench.clock.advance(60 * MINUTES_MS);
  await bench.restart();
  assert.equal((await bench.message(id)).signatureValid, true);
});

test('secrets may be of the form whsec_ or any text, given or made by the hub', async (t) => {
  const bench = await openSigner(t);
  for (const given of [`whsec_${randomBytes(24).toString('base64')}`, 'correct horse battery staple', undefined]) {
    const secret = await setSecret(bench, given === undefined ? {} : { secret: given });
    if (given === undefined) assert.match(secret, /^whsec_[A-Za-z0-9+/]{32}$/);
    else assert.equal(secret, given);
    await bench.send(signed(bench, secret));
  }
  assert.equal((await bench.call('PUT', SECRET)).status, 200, 'no body is needed');
});

test('a secret that could be guessed is refused', async (t) => {
  const bench = await openSigner(t);
  for (const secret of [
    'short',
    '',
    'whsec_',
    `whsec_${'%'.repeat(40)}`,
    'whsec_c2hvcnQgb25lIQ==xxxxxxxxx',
    'x'.repeat(257),
  ])
    await bench.expect(400, 'PUT', SECRET, { secret });
});

test('of several signatures one must be right, so that a sender can change its secret', async (t) => {
  const bench = await openSigner(t);
  const [before, after] = [await setSecret(bench), 'the secret that comes next'];
  const timestamp = secondsAgo(bench, 0);
  const both = [before, after].map((secret) => signatureOf({ secret, timestamp })).join(' ');
  const { id } = await bench.send(signed(bench, before, { signature: both }));
  await setSecret(bench, { secret: after });
  await bench.send(signed(bench, before, { signature: both }));
  assert.equal((await bench.message(id)).signatureValid, true);
});

test('whether a kept signature fits is asked of the secret of now', async (t) => {
  const bench = await openSigner(t);
  const { id } = await bench.send(signed(bench, await setSecret(bench)));
  await setSecret(bench);
  assert.equal((await bench.message(id)).signatureValid, false);
  await bench.expect(204, 'DELETE', SECRET);
  assert.equal((await bench.message(id)).signatureValid, false);
});

test('without a secret, who must sign can send nothing', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  await bench.expect(204, 'DELETE', SECRET);
  for (const message of [signed(bench, secret), signed(bench, '')])
    assert.deepEqual(await refusal(bench, message), badSignature);
});

test('who need not sign may: the signature is kept and checked only when asked for', async (t) => {
  const bench = await openSigner(t);
  await bench.expect(200, 'PUT', '/v1/modules/Signer', {});
  const secret = await setSecret(bench);
  const valid = async (message: object) => (await bench.message((await bench.send(message)).id)).signatureValid;
  assert.equal(await valid(signed(bench, secret)), true);
  assert.equal(await valid(signed(bench, 'another secret of some length')), false);
  assert.equal(await valid(signed(bench, secret, { signature: undefined, headers: undefined })), undefined);
});

test('a message of a batch without its signature is refused alone', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  const items = await bench.sendEach([signed(bench, secret), { from: 'Signer' }, {}]);
  assert.deepEqual(
    items.map(({ problem }) => problem?.code),
    [undefined, 'bad_signature', undefined],
  );
});

test('a forged message is refused before anything is said of its recipients', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  assert.deepEqual(await refusal(bench, { from: 'Signer', to: 'Nobody' }), badSignature);
  assert.deepEqual(await refusal(bench, signed(bench, secret, { to: 'Nobody' })), [404, 'module_not_found', '/to']);
});

test('what is refused takes nothing from the rate of the sender', async (t) => {
  const bench = await openSigner(t);
  await bench.expect(200, 'PUT', '/v1/modules/Signer', { requireSignature: true, limits: { messagesPerMinute: 1 } });
  const secret = await setSecret(bench);
  for (let n = 0; n < 3; n++) await refusal(bench, { from: 'Signer', to: 'Worker' });
  await bench.send(signed(bench, secret));
});

test('the secret is shown to who sets it, and nowhere else', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  const { id } = await bench.send(signed(bench, secret));
  const places = ['/v1/modules/Signer', '/v1/modules', `/v1/messages/${id}`, '/v1/events', '/v1/modules/Signer/health'];
  for (const place of places) {
    const text = JSON.stringify(await bench.expect(200, 'GET', place));
    assert.ok(!text.includes(secret.slice(6)), place);
  }
  assert.equal((await bench.events('module.secret_set'))[0].subject.module, 'Signer');
});

test('only its own key or an admin sets or removes the secret of a module', async (t) => {
  const bench = await openSigner(t);
  const keyOf = async (module: string) => (await bench.expect(201, 'POST', `/v1/modules/${module}/keys`)).key;
  const as = async (key: string): Promise<AnyJson> => {
    const authorization = `Bearer ${key}`;
    const set = await bench.call('PUT', SECRET, {}, { authorization });
    const removed = await bench.call('DELETE', SECRET, undefined, { authorization });
    return [set.status, removed.status];
  };
  assert.deepEqual(
    [await as(await keyOf('Worker')), await as(await keyOf('Signer'))],
    [
      [403, 403],
      [200, 204],
    ],
  );
});

test('the secret of a module is gone with it', async (t) => {
  const bench = await openSigner(t);
  const secret = await setSecret(bench);
  await bench.expect(204, 'DELETE', '/v1/modules/Signer');
  await bench.expect(201, 'PUT', '/v1/modules/Signer', { requireSignature: true });
  assert.deepEqual(await refusal(bench, signed(bench, secret)), badSignature);
});
