import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cliRules, parseToolRule } from '../../../src/agents/approvals/tool-rule.js';

test('a rule that means nothing is refused', () => {
  for (const [text, problem] of [
    ['', /must be a tool/],
    ['*', /must be a tool/],
    ['git *', /must be a tool/],
    ['Bash(git *', /must be a tool/],
    ['Bash()', /empty/],
    ['WebSearch(x)', /takes no pattern/],
    ['WebFetch(https://example.com)', /domain:/],
    ['Read(~/x)', /whole path/],
  ] as const) {
    const rule = parseToolRule(text);
    assert.ok('problem' in rule && problem.test(rule.problem), text);
  }
});

test('the older form of a prefix means the same', () => {
  assert.deepEqual(parseToolRule('Bash(npm run:*)'), { text: 'Bash(npm run:*)', tool: 'Bash', pattern: 'npm run *' });
});

test('the rules of Claude Code name each tool of a family, and begin a whole path with two slashes', () => {
  assert.deepEqual(cliRules(['Edit', 'Edit(/etc/**)', 'Edit(src/**)', 'Bash(git push:*)', 'mcp__hub']), [
    'Edit',
    'MultiEdit',
    'Write',
    'NotebookEdit',
    'Edit(//etc/**)',
    'Edit(src/**)',
    'Bash(git push *)',
    'mcp__hub',
  ]);
  assert.deepEqual(cliRules(undefined), []);
});
