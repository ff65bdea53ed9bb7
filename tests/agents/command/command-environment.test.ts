import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandEnvironment } from '../../../src/agents/command/command-environment.js';

const command = ['program'];

test('a program inherits the environment of the hub without the settings and secrets of the hub', () => {
  const hub = { PATH: '/bin', LANG: 'C', GRANGER_ADMIN_KEY: 'secret', GRANGER_INSTANCE: 'another', CLAUDECODE: '1' };
  assert.deepEqual(commandEnvironment(hub, { type: 'command', command }, 'tag'), {
    PATH: '/bin',
    LANG: 'C',
    GRANGER_INSTANCE: 'tag',
  });
});

test('the descriptor adds to it, also what a client of the hub needs, but cannot take its tag away', () => {
  const environment = { LANG: 'de', GRANGER_URL: 'http://localhost:7411', GRANGER_INSTANCE: 'mine' };
  assert.deepEqual(commandEnvironment({ LANG: 'C' }, { type: 'command', command, environment }, 'tag'), {
    LANG: 'de',
    GRANGER_URL: 'http://localhost:7411',
    GRANGER_INSTANCE: 'tag',
  });
});
