import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandList } from '../../src/cli/command-list.js';
import { globalOptions } from '../../src/cli/global-options.js';
import { completionOf } from '../../src/cli/word-completion.js';
import { grangerFolder } from '../support/compiled-hub.js';
import { runShell } from '../support/shell.js';
import { makeFolder, startTestHub } from '../support/test-hub.js';
import { openTmux } from '../support/tmux.js';

const complete = (...words: string[]) => completionOf(words, { commands: commandList, globalOptions });

test('the first word is a command, also after options of all commands', () => {
  const names = commandList.filter(({ isHidden }) => isHidden !== true).map(({ name }) => name);
  assert.deepEqual(complete(''), names);
  assert.deepEqual(complete('list'), names);
  assert.deepEqual(complete('--url', 'http://x', ''), names);
  assert.deepEqual(complete(), names);
});

test('a word with a dash is an option of the command, or of all', () => {
  const options = complete('claim', '--') as string[];
  for (const name of ['--module', '--max', '--url', '--output']) assert.ok(options.includes(name), name);
  assert.ok(!options.includes('--payload'));
});

test('what an option takes is completed by its kind', () => {
  assert.equal(complete('claim', '--module', ''), 'modules');
  assert.deepEqual(complete('list-modules', '-o', ''), ['table', 'json', 'jsonl', 'yaml']);
  assert.deepEqual(complete('-o', ''), ['table', 'json', 'jsonl', 'yaml']);
  assert.equal(complete('register-module', 'X', '--desc', ''), 'files');
  assert.deepEqual(complete('claim', '--max', ''), []);
});

test('an argument is completed by its place', () => {
  assert.equal(complete('query-module', ''), 'modules');
  assert.equal(complete('query-module', '--background', ''), 'modules');
  assert.equal(complete('query-module', '--from', 'Web', ''), 'modules');
  assert.deepEqual(complete('query-module', 'Web', ''), []);
  assert.deepEqual(complete('keys', ''), ['list', 'create', 'revoke']);
  assert.deepEqual(complete('nonsense', ''), []);
});

test('bash completes commands, options, values and the names of modules', { timeout: 120_000 }, async (t) => {
  const [bin, hub] = await Promise.all([grangerFolder(), startTestHub(t)]);
  await hub.call('PUT', '/v1/modules/Resizer', {});
  await hub.call('PUT', '/v1/modules/Reporter', {});
  const environment = { PATH: `${bin}:${process.env.PATH}`, GRANGER_URL: hub.url, GRANGER_KEY: hub.key };
  /** As the shell does when TAB is pressed after the words. */
  const tab = async (...words: string[]): Promise<string[]> => {
    const quoted = ['granger', ...words].map((word) => `'${word}'`).join(' ');
    const lines = [
      'source <(granger completion bash)',
      `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length}`,
      `$(complete -p granger | sed 's/.*-F \\([^ ]*\\) .*/\\1/')`,
      `printf '%s\\n' "\${COMPREPLY[@]}"`,
    ];
    const { code, stdout, stderr } = await runShell(t, lines.join('\n'), { cwd: hub.folder, environment });
    assert.equal(code, 0, stderr);
    return stdout.trimEnd().split('\n');
  };
  assert.deepEqual(await tab('list-mo'), ['list-modules']);
  assert.deepEqual(await tab('query-module', 'Re'), ['Reporter', 'Resizer']);
  assert.deepEqual(await tab('list-modules', '-o', 'json'), ['json', 'jsonl']);
  assert.deepEqual(await tab('keys', 'create', '--sc'), ['--scope']);
});

interface ShellUse {
  readonly shell: 'zsh' | 'fish';
  /** Without any settings of the machine. */
  readonly start: string;
  /** The lines that its user adds to the settings. */
  readonly settings: string;
}

const fishPrompt = "function fish_prompt; printf '%% '; end";
const uses: Readonly<Record<string, ShellUse>> = {
  zsh: { shell: 'zsh', start: 'zsh -f', settings: "PS1='%% '; source <(granger completion zsh)" },
  'zsh, with the script in its $fpath,': {
    shell: 'zsh',
    start: 'granger completion zsh > _granger; zsh -f',
    settings: "PS1='%% '; fpath=(~ $fpath); autoload -Uz compinit; compinit -u",
  },
  fish: { shell: 'fish', start: 'fish --no-config', settings: `${fishPrompt}; granger completion fish | source` },
  'fish, with the script among its completions,': {
    shell: 'fish',
    // With the second folder there, it does not go through all manual pages of the machine.
    start: [
      'mkdir -p .config/fish/completions .local/share/fish/generated_completions',
      'granger completion fish > .config/fish/completions/granger.fish',
      'fish',
    ].join('; '),
    settings: fishPrompt,
  },
};

for (const [name, { shell, start, settings }] of Object.entries(uses)) {
  test(`${name} completes commands, options, values, files and the names of modules`, {
    timeout: 120_000,
  }, async (t) => {
    assert.equal(spawnSync(shell, ['--version']).status, 0, `${shell} is missing: apt-get install ${shell}`);
    const [bin, hub, home] = await Promise.all([grangerFolder(), startTestHub(t), makeFolder(t)]);
    for (const module of ['Resizer', 'Reporter', 'Web']) await hub.call('PUT', `/v1/modules/${module}`, {});
    await writeFile(join(home, 'web.yaml'), 'description: Takes pictures');
    const PATH = `${bin}:${process.env.PATH}`;
    const environment = { PATH, HOME: home, GRANGER_URL: hub.url, GRANGER_KEY: hub.key };
    const terminal = await openTmux(t, { environment });
    await terminal.type(`cd; ${start}`);
    await terminal.type(`${settings}; clear`);
    await terminal.shows(/^%$/m);
    /** TAB after the words makes the line this. */
    const completes = async (words: string, line: string): Promise<void> => {
      await terminal.keys('C-u', words, 'Tab');
      await terminal.shows(new RegExp(`^% ${line}$`, 'm'));
    };
    await completes('granger list-mo', 'granger list-modules');
    await completes('granger list-modules --outp', 'granger list-modules --output');
    await completes('granger list-modules -o t', 'granger list-modules -o table');
    await completes('granger show-module W', 'granger show-module Web');
    await completes('granger register-module Web --desc w', 'granger register-module Web --desc web.yaml');
    await terminal.keys('C-u', 'granger show-module Re', 'Tab', 'Tab');
    await terminal.shows(/^Reporter +Resizer$/m);
  });
}

test('without a hub there are no names, and no noise', { timeout: 60_000 }, async (t) => {
  const bin = await grangerFolder();
  const environment = { PATH: `${bin}:${process.env.PATH}` };
  const ended = await runShell(t, 'granger complete-words -- show-module ""', { cwd: bin, environment });
  assert.deepEqual(ended, { code: 0, stdout: '', stderr: '' });
});
