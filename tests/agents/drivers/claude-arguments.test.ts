import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStartOptions } from '../../../src/agents/drivers/agent-driver.js';
import { claudeArguments } from '../../../src/agents/drivers/claude-arguments.js';
import { claudeEnvironment } from '../../../src/agents/drivers/claude-environment.js';

const MINIMAL: AgentStartOptions = {
  program: 'claude',
  cwd: '/',
  environment: {},
  tag: 'tag',
  session: { kind: 'new', id: 'session' },
};

function added(options: Partial<AgentStartOptions>): string[] {
  const minimal = claudeArguments(MINIMAL);
  return claudeArguments({ ...MINIMAL, ...options }).filter((argument) => !minimal.includes(argument));
}

test('the protocol comes first, then the session', () => {
  assert.deepEqual(claudeArguments(MINIMAL), [
    '-p',
    '--input-format=stream-json',
    '--output-format=stream-json',
    '--verbose',
    '--include-partial-messages',
    '--permission-prompt-tool=stdio',
    '--session-id=session',
    '--disallowedTools=ScheduleWakeup',
  ]);
});

test('a session is resumed by its id', () => {
  assert.deepEqual(added({ session: { kind: 'resume', id: 'old' } }), ['--resume=old']);
});

test('a session may begin as a copy of another', () => {
  const session = { kind: 'fork', id: 'session', from: 'old' } as const;
  assert.deepEqual(added({ session }), ['--resume=old', '--fork-session']);
});

test('a hostile value stays a value', () => {
  const hostile = '--dangerously-skip-permissions';
  const session = { kind: 'resume', id: hostile } as const;
  const options = { session, systemPrompt: hostile, model: hostile, allowedTools: [hostile], addDirs: [hostile] };
  assert.deepEqual(
    added(options).filter((argument) => argument.startsWith('--dangerously')),
    [],
  );
});

test('limits, models and permissions are passed on', () => {
  const options = { model: 'a', fallbackModel: 'b', maxTurns: 3, maxBudgetUsd: 0.5, permissionMode: 'plan' } as const;
  assert.deepEqual(added(options), [
    '--model=a',
    '--fallback-model=b',
    '--max-turns=3',
    '--max-budget-usd=0.5',
    '--permission-mode=plan',
  ]);
});

test('each tool and each directory is an argument of its own', () => {
  const options = { allowedTools: ['Bash(git log:*)', 'Read'], disallowedTools: ['Write'], addDirs: ['/a b', '/c'] };
  assert.deepEqual(added(options), [
    '--allowedTools=Bash(git log:*)',
    '--allowedTools=Read',
    '--disallowedTools=Write',
    '--add-dir=/a b',
    '--add-dir=/c',
  ]);
});

test('structures are passed as JSON, and no other MCP server is read', () => {
  const options = { mcpConfig: { mcpServers: {} }, jsonSchema: { type: 'object' } };
  assert.deepEqual(added(options), [
    '--json-schema={"type":"object"}',
    '--strict-mcp-config',
    '--mcp-config={"mcpServers":{}}',
  ]);
});

test('tools that are to be asked about are settings, for which there is no argument', () => {
  assert.deepEqual(added({ askedTools: ['Bash(ls *)'] }), ['--settings={"permissions":{"ask":["Bash(ls *)"]}}']);
  assert.deepEqual(added({ askedTools: [] }), []);
});

test('the environment is that of the caller with the tag, without CLAUDECODE', () => {
  const environment = claudeEnvironment({
    ...MINIMAL,
    environment: { A: '1', CLAUDECODE: '1', GRANGER_INSTANCE: 'x' },
  });
  assert.equal(environment.A, '1');
  assert.equal(environment.CLAUDECODE, undefined);
  assert.equal(environment.GRANGER_INSTANCE, 'tag');
});

test('background tasks are off unless the caller switches them on', () => {
  const name = 'CLAUDE_CODE_DISABLE_BACKGROUND_TASKS';
  assert.equal(claudeEnvironment(MINIMAL)[name], '1');
  assert.equal(claudeEnvironment({ ...MINIMAL, environment: { [name]: undefined } })[name], undefined);
});
