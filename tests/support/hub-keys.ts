import { type Answer, request, type TestHub } from './test-hub.js';

export interface KeyHolder {
  readonly id: string;
  readonly key: string;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

/** A new key of the hub, and requests made with it. */
export async function createKey(hub: TestHub, scope: { scope: string; module?: string }): Promise<KeyHolder> {
  const { status, body } = await hub.call('POST', '/v1/keys', scope);
  if (status !== 201) throw new Error(`no key: ${JSON.stringify(body)}`);
  const { id, key } = body;
  return {
    id,
    key,
    call: (method, path, content, headers) => request(`${hub.url}${path}`, { method, key, body: content, headers }),
  };
}
