import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKey } from '../support/hub-keys.js';
import { shareHub } from '../support/shared-hub.js';
import { type Answer, request } from '../support/test-hub.js';

// What the routes ask of a key, for every route of the document.

interface Route {
  readonly method: string;
  readonly path: string;
  /** With the name of a module that is there, or an id, in the place of each parameter. */
  readonly address: string;
  readonly isOpen: boolean;
}

const hub = await shareHub();
for (const module of ['Mine', 'Other']) await hub.call('PUT', `/v1/modules/${module}`, {});
const routes = await readRoutes();

async function readRoutes(): Promise<Route[]> {
  const { paths } = (await hub.call('GET', '/openapi.json')).body;
  return Object.entries<Record<string, { security?: unknown[] }>>(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      address: path.replace(/\{(name|module)\}/, 'Mine').replace(/\{\w+\}/g, 'x_1'),
      isOpen: security?.length === 0,
    })),
  );
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`;
const isWriting = ({ method }: Route): boolean => method !== 'GET';

/** The routes whose answer is not as it should be. */
async function otherThan(
  chosen: readonly Route[],
  ask: (route: Route) => Promise<Answer>,
  isRight: (answer: Answer) => boolean,
): Promise<string[]> {
  const others: string[] = [];
  for (const route of chosen) {
    const answer = await ask(route);
    if (!isRight(answer)) others.push(`${nameOf(route)}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return others;
}

const isUnauthenticated = ({ status, headers, body }: Answer): boolean =>
  status === 401 && body.code === 'unauthenticated' && /^Bearer realm=/.test(headers.get('www-authenticate') ?? '');

/** Whoever is on the hub's own machine may look; tests/metrics holds that others may not. */
const OPEN_ON_LOOPBACK = 'GET /metrics';

const bodyOf = (route: Route): object | undefined => (isWriting(route) ? {} : undefined);

test('only the looks at its health and the login are open', async () => {
  assert.ok(routes.length > 20);
  const open = ['GET /livez', 'GET /readyz', 'POST /v1/session', 'GET /v1/session', 'DELETE /v1/session'];
  assert.deepEqual(routes.filter(({ isOpen }) => isOpen).map(nameOf), open);
  for (const path of ['/livez', '/readyz'])
    assert.equal((await request(`${hub.url}${path}`, { method: 'GET' })).status, 200);
});

const strangers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'without a key': {},
  'with a key of another hub': { authorization: 'Bearer grk_of-another-hub' },
  'with a key that is not a bearer': { authorization: 'Basic YWRtaW46YWRtaW4=' },
  'with a key of no letters': { authorization: 'Bearer ' },
};

for (const [who, headers] of Object.entries(strangers)) {
  test(`who comes ${who} gets 401 on every other route, and is told how to bring one`, async () => {
    const ask = (route: Route) =>
      request(`${hub.url}${route.address}`, { method: route.method, body: bodyOf(route), headers });
    const closed = routes.filter((route) => !route.isOpen && nameOf(route) !== OPEN_ON_LOOPBACK);
    assert.deepEqual(await otherThan(closed, ask, isUnauthenticated), []);
  });
}

test('the pages and documents need a key too', async () => {
  for (const path of ['/openapi.json', '/docs', '/docs/json'])
    assert.ok(isUnauthenticated(await request(`${hub.url}${path}`, { method: 'GET' })), path);
});

test('a key in any case of the word bearer is a key', async () => {
  const headers = { authorization: `bEARER   ${hub.key}` };
  assert.equal((await request(`${hub.url}/v1/keys`, { method: 'GET', headers })).status, 200);
});

test('an observer key reads everything that is not about keys', async () => {
  const observer = await createKey(hub, { scope: 'observer' });
  const isReadable = ({ status }: Answer): boolean => status === 200 || status === 404;
  const reading = routes.filter((route) => !isWriting(route) && route.path !== '/v1/keys');
  assert.deepEqual(await otherThan(reading, ({ address }) => observer.call('GET', address), isReadable), []);
});

test('an observer key writes nothing, and is told which scope it lacks', async () => {
  const observer = await createKey(hub, { scope: 'observer' });
  const isForbidden = ({ status, body }: Answer): boolean =>
    status === 403 && body.code === 'forbidden' && /lacks the scope admin( or module)?\./.test(body.detail);
  const ask = (route: Route) => observer.call(route.method, route.address, {});
  // A ticket lets it read, and nothing else.
  const writing = routes.filter((route) => isWriting(route) && !route.isOpen && route.path !== '/v1/stream-tickets');
  assert.deepEqual(await otherThan(writing, ask, isForbidden), []);
});

test('a module key acts as its module', async () => {
  const mine = await createKey(hub, { scope: 'module', module: 'Mine' });
  assert.equal((await mine.call('PATCH', '/v1/modules/Mine', { version: '2' })).status, 200);
  assert.equal((await mine.call('POST', '/v1/modules/Mine/heartbeat', {})).status, 200);
  assert.equal((await mine.call('PUT', '/v1/channels/general/subscriptions/Mine')).status, 201);
  const sent = await mine.call('POST', '/v1/messages', { to: 'Other' });
  assert.deepEqual([sent.status, sent.body.from], [201, 'Mine']);
  assert.equal((await mine.call('POST', '/v1/modules/Mine/claim', {})).status, 200);
});

const asOther: readonly [method: string, path: string, body?: object][] = [
  ['PUT', '/v1/modules/Other', {}],
  ['PUT', '/v1/modules/Third', {}],
  ['PATCH', '/v1/modules/Other', {}],
  ['DELETE', '/v1/modules/Other'],
  ['POST', '/v1/modules/Other/heartbeat', {}],
  ['POST', '/v1/modules/Other/claim', {}],
  ['POST', '/v1/messages', { from: 'Other', to: 'Mine' }],
  ['PUT', '/v1/channels/general/subscriptions/Other'],
  ['DELETE', '/v1/channels/general/subscriptions/Other'],
];

for (const [method, path, body] of asOther) {
  test(`a module key does not act as another module: ${method} ${path}`, async () => {
    const mine = await createKey(hub, { scope: 'module', module: 'Mine' });
    const answer = await mine.call(method, path, body);
    assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
    assert.match(answer.body.detail, /lacks the scope module:(Other|Third)\./);
  });
}

test('a module key does not cancel or answer what others have sent each other', async () => {
  const mine = await createKey(hub, { scope: 'module', module: 'Mine' });
  const { body } = await hub.call('POST', '/v1/messages', { from: 'Other', to: 'Other' });
  const cancelled = await mine.call('POST', `/v1/messages/${body.id}/cancel`, {});
  assert.deepEqual([cancelled.status, cancelled.body.code], [403, 'forbidden']);
  const reply = await mine.call('POST', `/v1/messages/${body.id}/reply`, { from: 'Other', payload: {} });
  assert.deepEqual([reply.status, reply.body.code], [403, 'forbidden']);
});

test('keys, dead letters and the like are for the admin', async () => {
  const mine = await createKey(hub, { scope: 'module', module: 'Mine' });
  const ofAdmin: readonly [string, string, object?][] = [
    ['GET', '/v1/keys'],
    ['POST', '/v1/keys', { scope: 'admin' }],
    ['DELETE', `/v1/keys/${mine.id}`],
    ['POST', '/v1/modules/Mine/keys', {}],
    ['POST', '/v1/dead-letters/redrive', { module: 'Mine' }],
    ['DELETE', '/v1/dead-letters/dlv_1'],
  ];
  for (const [method, path, body] of ofAdmin) {
    const answer = await mine.call(method, path, body);
    assert.deepEqual(
      [answer.status, answer.body.detail],
      [403, 'This key lacks the scope admin.'],
      `${method} ${path}`,
    );
  }
});

test('a module key may not give the hub a program to run', async () => {
  const mine = await createKey(hub, { scope: 'module', module: 'Mine' });
  for (const runtime of ['claude', { type: 'claude', allowedTools: ['Bash'] }]) {
    for (const method of ['PUT', 'PATCH']) {
      const answer = await mine.call(method, '/v1/modules/Mine', { runtime });
      assert.deepEqual([answer.status, answer.body.code], [403, 'forbidden']);
    }
  }
  assert.equal((await hub.call('GET', '/v1/modules/Mine')).body.runtime.type, 'pull');
});
