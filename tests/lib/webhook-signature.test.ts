import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { isSignedWith, signatureOf } from '../../src/lib/webhook-signature.js';

// The example of https://www.standardwebhooks.com.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' };
const right = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

test('a signature is what Standard Webhooks says it is', () => {
  assert.equal(signatureOf(secret, signed), right);
  assert.equal(isSignedWith(secret, signed, right), true);
});

test('a secret without a prefix is the key itself', () => {
  const plain = 'correct horse battery staple';
  const content = `${signed.id}.${signed.timestamp}.${signed.body}`;
  const expected = `v1,${createHmac('sha256', plain).update(content).digest('base64')}`;
  assert.equal(signatureOf(plain, signed), expected);
});

test('of several signatures one that is right is enough', () => {
  const other = signatureOf('the secret of before', signed);
  for (const several of [`${other} ${right}`, `${right} ${other}`, `v1a,zzz  ${right}`])
    assert.equal(isSignedWith(secret, signed, several), true, several);
  assert.equal(isSignedWith(secret, signed, `${other} ${other}`), false);
});

const wrong: Readonly<Record<string, string>> = {
  'no signature': '',
  'only a version': 'v1,',
  'another version': right.replace('v1', 'v2'),
  'no version': right.slice(3),
  'half of it': right.slice(0, 20),
  'one letter changed': right.replace('g0hM', 'g0hN'),
  'of another length': `${right}=`,
  'letters of two bytes': 'v1,é'.padEnd(right.length, 'é'),
};

for (const [what, signature] of Object.entries(wrong)) {
  test(`${what} is not the signature`, () => {
    assert.equal(isSignedWith(secret, signed, signature), false);
  });
}

for (const part of ['id', 'timestamp', 'body'] as const) {
  test(`the signature does not fit where the ${part} was changed`, () => {
    assert.equal(isSignedWith(secret, { ...signed, [part]: `${signed[part]}0` }, right), false);
  });
}
