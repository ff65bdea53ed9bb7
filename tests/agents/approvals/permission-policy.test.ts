import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Permissions,
  type RememberedDecision,
  verdictOn,
} from '../../../src/agents/approvals/permission-policy.js';
import type { ToolUse } from '../../../src/agents/approvals/tool-rule.js';

const bash = (command: string): ToolUse => ({ toolName: 'Bash', input: { command } });
const file = (toolName: string, path: string): ToolUse => ({ toolName, input: { file_path: path } });

const verdict = (use: ToolUse, permissions: Permissions, remembered: readonly RememberedDecision[] = []) => {
  const found = verdictOn(use, { permissions, remembered, folder: '/work' });
  return found.kind === 'ask' ? 'ask' : found.decision;
};

test('a tool that no rule names is asked about', () => {
  assert.equal(verdict(bash('ls'), {}), 'ask');
  assert.equal(verdict(bash('ls'), { allow: ['Read'], deny: ['Write'] }), 'ask');
});

test('deny goes before ask, ask before allow, and a remembered decision between deny and ask', () => {
  const git = bash('git push');
  const remembered = (decision: 'allow' | 'deny'): RememberedDecision[] => [
    { toolName: 'Bash', target: 'git push', decision, message: undefined, approvalId: 1 },
  ];
  const rule = ['Bash(git *)'];
  assert.equal(verdict(git, { allow: rule }), 'allow');
  assert.equal(verdict(git, { allow: rule, ask: rule }), 'ask');
  assert.equal(verdict(git, { allow: rule, ask: rule, deny: rule }), 'deny');
  assert.equal(verdict(git, { ask: rule }, remembered('allow')), 'allow');
  assert.equal(verdict(git, { allow: rule }, remembered('deny')), 'deny');
  assert.equal(verdict(git, { deny: rule }, remembered('allow')), 'deny');
  assert.equal(verdict(bash('git push --force'), {}, remembered('allow')), 'ask', 'only the same command');
});

test('a pattern of the shell is not left by chaining', () => {
  const permissions = { allow: ['Bash(git *)'] };
  for (const line of ['git status', 'git', 'git log | git apply', 'git add . && git commit -m "a; rm -rf /"'])
    assert.equal(verdict(bash(line), permissions), 'allow', line);
  for (const line of [
    'git status; rm -rf /',
    'git status && rm -rf /',
    'git status || rm -rf /',
    'git status | sh',
    'git status & rm -rf /',
    'git status\nrm -rf /',
    'git $(rm -rf /)',
    'git `rm -rf /`',
    'git log > ~/.bashrc',
    'gitx status',
    'A=1 git status',
    'sudo git status',
    "git status # '\nrm -rf / #'",
    '',
  ])
    assert.equal(verdict(bash(line), permissions), 'ask', JSON.stringify(line));
});

test('every command of a line may be allowed by a rule of its own', () => {
  const permissions = { allow: ['Bash(git *)', 'Bash(npm test)', 'Bash(make x && make y)'] };
  assert.equal(verdict(bash('git pull && npm test'), permissions), 'allow');
  assert.equal(verdict(bash('git pull && npm test --all'), permissions), 'ask');
  assert.equal(verdict(bash('make x && make y'), permissions), 'allow', 'written out as it is');
  const found = verdictOn(bash('git pull && npm test'), { permissions, remembered: [], folder: '/' });
  assert.equal(found.kind === 'rule' && found.rule, 'Bash(git *), Bash(npm test)');
});

test('one command that is denied denies its line, however it is written', () => {
  const permissions = { allow: ['Bash'], deny: ['Bash(git push *)'] };
  for (const line of [
    'git push',
    'git  push\torigin',
    'npm test && git push',
    `g'i't "push" origin`,
    'sudo -u me git push',
    'A=1 git push',
    'if true; then git push; fi',
    'bash -c "git push"',
    'echo $(git push)',
    '(git push)',
  ])
    assert.equal(verdict(bash(line), permissions), 'deny', line);
  assert.equal(verdict(bash('git status && echo git push'), permissions), 'allow');
});

test('where a line is not understood and a pattern denies, even a plain allow asks', () => {
  assert.equal(verdict(bash('eval "$(cat x)"'), { allow: ['Bash'] }), 'allow');
  assert.equal(verdict(bash('eval "$(cat x)"'), { allow: ['Bash'], deny: ['Bash(git push *)'] }), 'ask');
  assert.equal(verdict(bash('eval "$(cat x)"'), { allow: ['Bash'], ask: ['Bash(git push *)'] }), 'ask');
});

test('a file is meant by its path, whichever tool changes it', () => {
  const permissions = { allow: ['Edit(src/**)', 'Read'], deny: ['Edit(src/secret/**)', 'Read(*.env)'] };
  assert.equal(verdict(file('Write', '/work/src/a.ts'), permissions), 'allow');
  assert.equal(verdict(file('Edit', '/work/src/secret/a.ts'), permissions), 'deny');
  assert.equal(verdict(file('Write', '/work/src/../a.ts'), permissions), 'ask');
  assert.equal(verdict({ toolName: 'NotebookEdit', input: { notebook_path: '/work/src/a' } }, permissions), 'allow');
  assert.equal(verdict(file('Read', '/anywhere'), permissions), 'allow');
  assert.equal(verdict(file('Read', '/work/deep/prod.env'), permissions), 'deny');
  assert.equal(verdict({ toolName: 'Grep', input: { pattern: 'x', path: 'prod.env' } }, permissions), 'deny');
});

test('a page is meant by its domain, a server of tools by its name', () => {
  const fetches = (url: string): ToolUse => ({ toolName: 'WebFetch', input: { url } });
  const permissions = {
    allow: ['WebFetch(domain:*.example.com)', 'WebFetch(domain:example.org)', 'mcp__hub', 'mcp__other__read_*'],
  };
  assert.equal(verdict(fetches('https://a.EXAMPLE.com/x'), permissions), 'allow');
  assert.equal(verdict(fetches('https://example.org:8443/x'), permissions), 'allow');
  assert.equal(verdict(fetches('https://example.org.evil.net/'), permissions), 'ask');
  assert.equal(verdict(fetches('https://example.org@evil.net/'), permissions), 'ask');
  assert.equal(verdict(fetches('no address'), permissions), 'ask');
  const tool = (toolName: string): ToolUse => ({ toolName, input: {} });
  assert.equal(verdict(tool('mcp__hub__send_message'), permissions), 'allow');
  assert.equal(verdict(tool('mcp__hubx__send_message'), permissions), 'ask');
  assert.equal(verdict(tool('mcp__other__read_file'), permissions), 'allow');
  assert.equal(verdict(tool('mcp__other__write_file'), permissions), 'ask');
});

test('an input without what a pattern looks at is asked about', () => {
  assert.equal(verdict({ toolName: 'Bash', input: {} }, { allow: ['Bash(git *)'] }), 'ask');
  assert.equal(verdict({ toolName: 'Edit', input: { file_path: 7 } }, { allow: ['Edit(src/**)'] }), 'ask');
});
