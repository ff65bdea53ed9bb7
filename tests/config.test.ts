import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { type Config, ConfigError, loadConfig, settingNames } from '../src/config.js';

type Environment = Readonly<Record<string, string>>;

function problemsOf(environment: Environment): readonly string[] {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('without any setting the hub serves this machine alone, from ./data', () => {
  const { environment: _, unknownSettings, ...config } = loadConfig({});
  assert.deepEqual(
    [config.host, config.port, config.dataFolder, config.durability, config.allowBypassPermissions],
    ['127.0.0.1', 7411, resolve('data'), 'full', false],
  );
  assert.deepEqual([config.modulesFolder, config.adminKey, unknownSettings], [undefined, undefined, []]);
});

const wrong: readonly [setting: string, value: string, says: RegExp][] = [
  ['GRANGER_PORT', 'http', /must be integer.*"http"/],
  ['GRANGER_PORT', '65536', /must be <= 65535/],
  ['GRANGER_PORT', '-1', /must be >= 0/],
  ['GRANGER_PORT', '80.5', /must be integer/],
  ['GRANGER_AGENTS_MAX', '1000', /must be <= 256/],
  ['GRANGER_DURABILITY', 'some', /may be "full", may be "normal".*"some"/],
  ['GRANGER_ADMIN_KEY', 'short', /16 characters/],
  ['GRANGER_ALLOW_BYPASS_PERMISSIONS', 'yes', /must be boolean/],
  ['GRANGER_STALE_SECONDS', '0', /must be >= 1/],
  ['GRANGER_DRAIN_SECONDS', '4000', /must be <= 3600/],
  ['GRANGER_LOG_LEVEL', 'loud', /may be "trace".*may be "silent"/],
  ['GRANGER_HOST', '0.0.0.0', /not loopback.*GRANGER_ALLOW_REMOTE=true/],
  ['GRANGER_HOST', 'hub.example', /not loopback/],
  ['GRANGER_DATABASE_URL', 'mysql://localhost/hub', /must match pattern/],
  ['GRANGER_OFFLINE_SECONDS', '10', /must not be less than GRANGER_STALE_SECONDS/],
];

for (const [setting, value, says] of wrong) {
  test(`${setting}=${value} is refused by its name`, () => {
    const [problem = '', ...more] = problemsOf({ [setting]: value });
    assert.deepEqual(more, []);
    assert.ok(problem.startsWith(`${setting}: `), problem);
    assert.match(problem, says);
  });
}

test('every wrong setting is told at once, each by its name', () => {
  const { GRANGER_OFFLINE_SECONDS: _fitsNow, ...every } = Object.fromEntries(wrong);
  const named = problemsOf(every).map((problem) => problem.split(':')[0]);
  assert.deepEqual(named.sort(), Object.keys(every).sort());
});

const good: readonly [setting: string, value: string, field: keyof Config, expected: unknown][] = [
  ['GRANGER_PORT', '0', 'port', 0],
  ['GRANGER_HOST', 'localhost', 'host', 'localhost'],
  ['GRANGER_HOST', '::1', 'host', '::1'],
  ['GRANGER_DATA', 'elsewhere', 'dataFolder', resolve('elsewhere')],
  ['GRANGER_DATABASE_URL', 'postgres://hub@localhost/hub', 'databaseUrl', 'postgres://hub@localhost/hub'],
  ['GRANGER_MODULES', 'modules', 'modulesFolder', resolve('modules')],
  ['GRANGER_MODULES', '', 'modulesFolder', undefined],
  ['GRANGER_ADMIN_KEY', '', 'adminKey', undefined],
  ['GRANGER_ADMIN_KEY', 'x'.repeat(16), 'adminKey', 'x'.repeat(16)],
  ['GRANGER_ALLOW_BYPASS_PERMISSIONS', 'true', 'allowBypassPermissions', true],
  ['GRANGER_ALLOWED_HOSTS', ' Hub.Example , other ,', 'allowedHosts', ['hub.example', 'other']],
  ['GRANGER_DURABILITY', 'normal', 'durability', 'normal'],
  ['GRANGER_DRAIN_SECONDS', '7', 'drainMs', 7000],
  ['GRANGER_STALE_SECONDS', '7', 'staleAfterMs', 7000],
];

for (const [setting, value, field, expected] of good) {
  test(`${setting}=${JSON.stringify(value)} is taken`, () => {
    assert.deepEqual(loadConfig({ [setting]: value })[field], expected);
  });
}

test('another address than loopback is taken from who says that he means it', () => {
  const { host } = loadConfig({ GRANGER_HOST: '0.0.0.0', GRANGER_ALLOW_REMOTE: 'true' });
  assert.equal(host, '0.0.0.0');
});

test('a setting that is none is told, but those of the clients are not meant', () => {
  const { unknownSettings } = loadConfig({
    GRANGER_PROT: '1',
    GRANGER_URL: 'http://x',
    GRANGER_KEY: 'k',
    PATH: '/bin',
  });
  assert.deepEqual(unknownSettings, ['GRANGER_PROT']);
});

test('agents inherit the environment as it was given', () => {
  const environment = { PATH: '/bin', GRANGER_PORT: '0' };
  assert.deepEqual(loadConfig(environment).environment, environment);
});

test('every setting of the contract is known', () => {
  const inContract = [
    'HOST',
    'PORT',
    'DATA',
    'DATABASE_URL',
    'MODULES',
    'CLAUDE',
    'AGENTS_MAX',
    'DURABILITY',
    'ADMIN_KEY',
  ];
  const names = [...inContract, 'ALLOW_BYPASS_PERMISSIONS', 'LOG_LEVEL'].map((name) => `GRANGER_${name}`);
  assert.deepEqual(
    names.filter((name) => !settingNames.includes(name)),
    [],
  );
});
