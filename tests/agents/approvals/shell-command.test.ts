import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsWithin, possibleCommands, simpleCommands } from '../../../src/agents/approvals/shell-command.js';

const textsOf = (line: string) => simpleCommands(line)?.map(({ text }) => text);

test('a line is parted at its operators, and spaces count once', () => {
  const parts: readonly [line: string, commands: readonly string[]][] = [
    ['git status', ['git status']],
    ['  git \t status  ', ['git status']],
    ['git add . && git commit; npm test', ['git add .', 'git commit', 'npm test']],
    ['cat a | sort |& tee b || echo no &', ['cat a', 'sort', 'tee b', 'echo no']],
    ['git status\nrm -rf /', ['git status', 'rm -rf /']],
    ['', []],
    [' ; ;', []],
  ];
  for (const [line, commands] of parts) assert.deepEqual(textsOf(line), commands, line);
});

test('an operator in quotes, or behind a backslash, parts nothing', () => {
  assert.deepEqual(textsOf(`git commit -m "one; two" && echo 'a & b'`), [`git commit -m "one; two"`, `echo 'a & b'`]);
  assert.deepEqual(textsOf(String.raw`echo a\;b "say \"c; d\""`), [String.raw`echo a\;b "say \"c; d\""`]);
});

test('a command is also known without its quotes', () => {
  const unquoted = (line: string) => simpleCommands(line)?.map((command) => command.unquoted);
  assert.deepEqual(unquoted(`g'i't "push" or\\igin`), ['git push origin']);
  assert.deepEqual(unquoted(String.raw`echo "a \$b \\ \n"`), [String.raw`echo a $b \ \n`]);
});

test('output that goes nowhere, or to the other stream, is left out; plain variables are words', () => {
  assert.deepEqual(textsOf('git log 2>&1 | head >/dev/null 2> /dev/null'), ['git log', 'head']);
  assert.deepEqual(textsOf('make &> /dev/null && echo $HOME "$USER" $?'), ['make', 'echo $HOME "$USER" $?']);
  assert.deepEqual(textsOf('sort < /dev/null'), ['sort']);
});

test('what can hide a command is not understood', () => {
  const hidden = [
    'git $(rm -rf /)',
    'git "$(rm -rf /)"',
    'git `rm -rf /`',
    'git "`rm -rf /`"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is shell
    'git ${x:-y}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is shell
    'git "${x:-$(y)}"',
    "git $'\\'' ; rm -rf / #'",
    'git $"x"',
    'git $((1))',
    'git log > file',
    'git log >> file',
    'git log 2>&1file',
    'git log >/dev/nullx',
    'git log >| /dev/null',
    'sh < script',
    'cat << END',
    'cat <(ls)',
    '(git status)',
    "git status # '\nrm -rf / #'",
    '# only a comment',
    "git 'log",
    'git "log',
    'git log \\',
    'git log \\\n rm',
    'git\u0000 log',
    'git log\rrm',
  ];
  for (const line of hidden) assert.equal(simpleCommands(line), undefined, JSON.stringify(line));
  assert.deepEqual(textsOf('git log a#b'), ['git log a#b'], 'a sign in a word begins no comment');
});

test('of what is not understood every part may be a command', () => {
  assert.deepEqual(possibleCommands('echo "$(git push)" > x'), ['echo $', 'git push', 'x']);
  assert.deepEqual(possibleCommands("a `b  c`; d'e'"), ['a', 'b c', 'de']);
});

test('what leads to a command is passed over, and what a runner runs is looked at', () => {
  assert.deepEqual(commandsWithin('then A=1 B=2 git push'), ['git push']);
  assert.deepEqual(commandsWithin('git push'), ['git push']);
  assert.ok(commandsWithin('sudo -u root git push').includes('git push'));
  assert.ok(commandsWithin('/usr/bin/env A=1 git push').includes('git push'));
  assert.ok(commandsWithin('bash -c git push').includes('git push'));
  assert.ok(!commandsWithin('echo git push').includes('git push'));
});
