import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { StreamStep } from './message-stream.js';

const SPLIT_BYTES = 3;

/** Sends the steps as server-sent events, at the pace of the reader, until they end or the reader leaves. */
export async function writeStream(response: ServerResponse, steps: Iterable<StreamStep>): Promise<void> {
  const left = leftSignal(response);
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.socket?.setNoDelay(true);
  for (const step of steps) {
    if (left.aborted) return;
    if (step.kind === 'hang') return response.flushHeaders();
    if (step.kind === 'pause') await pause(step.pauseMs, undefined, { signal: left }).catch(() => undefined);
    else await writeEvent(response, step.isSplit, `event: ${step.name}\ndata: ${JSON.stringify(step.data)}\n\n`);
  }
  response.end();
}

async function writeEvent(response: ServerResponse, isSplit: boolean, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const size = isSplit ? SPLIT_BYTES : bytes.length;
  for (let start = 0; start < bytes.length; start += size) await write(response, bytes.subarray(start, start + size));
}

function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => response.write(bytes, () => resolve()));
}

function leftSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}
