import { matchesPath, matchesWildcard } from './wildcard.js';

/** `Bash`, `Bash(git *)`, `Edit(src/**)`, `WebFetch(domain:*.example.com)`, `mcp__hub__*`. */
export interface ToolRule {
  readonly text: string;
  readonly tool: string;
  /** Undefined where every use of the tool is meant. */
  readonly pattern: string | undefined;
}

export interface ToolUse {
  readonly toolName: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A rule for the first also covers the others, which do the same to a file. */
const families: Readonly<Record<string, readonly string[]>> = {
  Edit: ['Edit', 'MultiEdit', 'Write', 'NotebookEdit'],
  Read: ['Read', 'Glob', 'Grep', 'LS', 'NotebookRead'],
};
const fileTools: ReadonlySet<string> = new Set(Object.values(families).flat());

/** The rule, or what is wrong with it. */
export const parseToolRule = (text: string): ToolRule | { readonly problem: string } => {
  const [, tool, pattern] = /^(mcp__[A-Za-z0-9_-]+\*?|[A-Za-z][A-Za-z0-9_]*)(?:\((.*)\))?$/s.exec(text) ?? [];
  if (tool === undefined) return { problem: 'must be a tool, or a tool and a pattern, such as Bash(git *)' };
  if (pattern === undefined) return { text, tool, pattern };
  if (pattern.trim() === '') return { problem: 'has an empty pattern' };
  if (tool === 'Bash') return { text, tool, pattern: pattern.replace(/:\*$/, ' *') };
  if (tool === 'WebFetch')
    return /^domain:[^/:\s]+$/.test(pattern)
      ? { text, tool, pattern }
      : { problem: 'must be WebFetch(domain:example.com)' };
  if (!fileTools.has(tool)) return { problem: `${tool} takes no pattern` };
  return pattern.startsWith('~') ? { problem: 'must hold a whole path instead of ~' } : { text, tool, pattern };
};

/** Rules that were checked when they came. */
export const toolRules = (texts: readonly string[] = []): readonly ToolRule[] =>
  texts.map(parseToolRule).filter((rule) => 'tool' in rule);

export const isRuleOfTool = ({ tool }: ToolRule, toolName: string): boolean =>
  families[tool]?.includes(toolName) === true || matchesWildcard(tool, toolName) || toolName.startsWith(`${tool}__`);

/** `git *` is also `git` alone. */
export const matchesCommand = (pattern: string, command: string): boolean =>
  matchesWildcard(pattern, command) || (pattern.endsWith(' *') && matchesWildcard(pattern.slice(0, -2), command));

/** Of a rule with a pattern, whether it means this use of a tool other than Bash. @param folder where the agent works */
export const matchesPattern = (pattern: string, use: ToolUse, folder: string): boolean => {
  const target = targetOf(use);
  if (target === undefined) return false;
  if (use.toolName !== 'WebFetch') return matchesPath(pattern, target, folder);
  const wanted = pattern.slice('domain:'.length);
  return matchesWildcard(wanted.toLowerCase(), target.slice('domain:'.length));
};

/** What of the input says what is done: a command, a path, a domain. Undefined for tools of which only the name counts. */
export const targetOf = ({ toolName, input }: ToolUse): string | undefined => {
  if (toolName === 'Bash') return textOf(input.command);
  if (toolName === 'WebFetch') return domainOf(textOf(input.url));
  return fileTools.has(toolName)
    ? (textOf(input.file_path) ?? textOf(input.notebook_path) ?? textOf(input.path))
    : undefined;
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const domainOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? `domain:${new URL(url).hostname}` : undefined;

/** The same for Claude Code's own rules: there a whole path begins with two slashes, and each tool of a family is named. */
export const cliRules = (texts: readonly string[] = []): readonly string[] =>
  toolRules(texts).flatMap(({ tool, pattern }) => {
    if (pattern === undefined) return families[tool] ?? [tool];
    return [`${tool}(${fileTools.has(tool) && pattern.startsWith('/') ? `/${pattern}` : pattern})`];
  });
