import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../config.js';
import { startHub } from '../hub.js';

/** The document as a hub of this code answers it: asked of a real one, on a folder that goes with it. */
export const openApiDocument = async (): Promise<object> => {
  const folder = await mkdtemp(join(tmpdir(), 'granger-openapi-'));
  const config = loadConfig({ GRANGER_DATA: folder, GRANGER_PORT: '0', GRANGER_AGENTS_MAX: '0' });
  const hub = await startHub(config, { logger: pino({ level: 'silent' }) });
  try {
    return JSON.parse(JSON.stringify(hub.app.swagger())) as object;
  } finally {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
