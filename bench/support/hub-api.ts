import { Pool } from 'undici';
import type { ServerProcess } from './server-process.js';

export interface Claimed {
  readonly delivery: { readonly id: string; readonly lease: string };
  readonly message: { readonly id: string; readonly from: string; readonly payload: Record<string, unknown> };
}

/** Calls of a hub over kept connections. Throws at anything but a success. */
export class HubApi {
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;

  constructor({ url, key }: Pick<ServerProcess, 'url' | 'key'>, connections = 8) {
    this.#pool = new Pool(url, { connections, headersTimeout: 90_000, bodyTimeout: 90_000 });
    this.#headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  }

  async call<T>(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const { statusCode, body: answer } = await this.#pool.request({
      method,
      path,
      headers: this.#headers,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (statusCode >= 300) throw new Error(`${method} ${path} answered ${statusCode}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  register(name: string): Promise<unknown> {
    return this.call('PUT', `/v1/modules/${name}`, {});
  }

  async claim(module: string, max: number, waitSeconds = 0): Promise<readonly Claimed[]> {
    return (await this.call<{ items: Claimed[] }>('POST', `/v1/modules/${module}/claim`, { max, waitSeconds })).items;
  }

  /** @returns how many were completed; the others were not held any more */
  async complete(claimed: readonly Claimed[]): Promise<number> {
    const complete = claimed.map(({ delivery }) => ({ id: delivery.id, lease: delivery.lease }));
    const results = await this.call<{ complete: { state?: string }[] }>('POST', '/v1/deliveries/batch', { complete });
    return results.complete.filter(({ state }) => state === 'done').length;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }
}
