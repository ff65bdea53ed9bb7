import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { loopbackLookup } from '../../src/webhooks/loopback-lookup.js';

const at = (address: string): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 });

/** What a name leads to where the name server says `addresses`. */
function lookUp(hostname: string, addresses: readonly string[]): Promise<readonly string[] | Error> {
  const lookup = loopbackLookup((_name, _options, done) => done(null, addresses.map(at)));
  return new Promise((resolve) => {
    lookup(hostname, { all: true }, (error, found) =>
      resolve(error ?? (found as LookupAddress[]).map(({ address }) => address)),
    );
  });
}

test('localhost leads to this machine, whatever a name server adds', async () => {
  assert.deepEqual(await lookUp('localhost', ['127.0.0.1', '10.1.2.3', '::1']), ['127.0.0.1', '::1']);
  assert.deepEqual(await lookUp('hooks.localhost', ['127.9.9.9', '8.8.8.8']), ['127.9.9.9']);
  assert.deepEqual(await lookUp('localhost', ['::ffff:127.0.0.1', '::ffff:10.0.0.1']), ['::ffff:127.0.0.1']);
});

test('localhost that leads elsewhere leads nowhere', async () => {
  const found = await lookUp('localhost', ['10.1.2.3', 'fe80::1']);
  assert.match(String(found), /localhost does not lead to this machine/);
});

test('other names lead where the name server says', async () => {
  assert.deepEqual(await lookUp('hooks.example', ['10.1.2.3']), ['10.1.2.3']);
  assert.deepEqual(await lookUp('localhost.example', ['10.1.2.3']), ['10.1.2.3']);
});

test('a caller that wants one address gets the first', async () => {
  const lookup = loopbackLookup((_name, _options, done) => done(null, [at('10.0.0.9'), at('::1')]));
  const [address, family] = await new Promise<[unknown, unknown]>((resolve) => {
    lookup('localhost', {}, (_error, found, kind) => resolve([found, kind]));
  });
  assert.deepEqual([address, family], ['::1', 6]);
});

test('a name server that fails is told', async () => {
  const lookup = loopbackLookup((_name, _options, done) => done(new Error('no such name'), []));
  const error = await new Promise((resolve) => lookup('nowhere.example', {}, resolve));
  assert.match(String(error), /no such name/);
});
