import type { Decision } from './approval-state.js';
import { commandsWithin, possibleCommands, type SimpleCommand, simpleCommands } from './shell-command.js';
import {
  isRuleOfTool,
  matchesCommand,
  matchesPattern,
  type ToolRule,
  type ToolUse,
  targetOf,
  toolRules,
} from './tool-rule.js';

export interface Permissions {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly ask?: readonly string[];
}

/** What a person has decided before, for the same tool and target. */
export interface RememberedDecision {
  readonly toolName: string;
  readonly target: string | undefined;
  readonly decision: Decision;
  readonly message: string | undefined;
  readonly approvalId: number;
}

export type Verdict =
  | { readonly kind: 'rule'; readonly decision: Decision; readonly rule: string }
  | { readonly kind: 'remembered'; readonly decision: Decision; readonly remembered: RememberedDecision }
  | { readonly kind: 'ask' };

export interface Policy {
  readonly permissions: Permissions;
  /** The latest first. */
  readonly remembered: readonly RememberedDecision[];
  /** Where the agent works. */
  readonly folder: string;
}

/**
 * In this order: a deny rule; what was remembered; an ask rule; an allow rule; else it is asked. Of a shell line every command must be
 * allowed, and one that is denied denies the line; of a line that the hub does not understand no pattern allows anything.
 */
export const verdictOn = (use: ToolUse, { permissions, remembered, folder }: Policy): Verdict => {
  const place = { use, folder, commands: commandsOf(use) };
  const deny = rulesFor(use, permissions.deny);
  const denied = deny.find((rule) => meansAnyOf(rule, place));
  if (denied !== undefined) return { kind: 'rule', decision: 'deny', rule: denied.text };
  const known = remembered.find(({ toolName, target }) => toolName === use.toolName && target === targetOf(use));
  if (known !== undefined) return { kind: 'remembered', decision: known.decision, remembered: known };
  const ask = rulesFor(use, permissions.ask);
  if (ask.some((rule) => meansAnyOf(rule, place)) || mayHide(place, [...deny, ...ask])) return { kind: 'ask' };
  const allowed = allowing(rulesFor(use, permissions.allow), place);
  return allowed === undefined ? { kind: 'ask' } : { kind: 'rule', decision: 'allow', rule: allowed };
};

interface Place {
  readonly use: ToolUse;
  readonly folder: string;
  /** Of a shell line; undefined where it is not understood, or is none. */
  readonly commands: readonly SimpleCommand[] | undefined;
}

const rulesFor = ({ toolName }: ToolUse, texts: readonly string[] | undefined): readonly ToolRule[] =>
  toolRules(texts).filter((rule) => isRuleOfTool(rule, toolName));

const lineOf = (use: ToolUse): string | undefined => (use.toolName === 'Bash' ? (targetOf(use) ?? '') : undefined);

const commandsOf = (use: ToolUse): readonly SimpleCommand[] | undefined => {
  const line = lineOf(use);
  return line === undefined ? undefined : simpleCommands(line);
};

/** Any part of it: how rules that deny or ask are read. */
const meansAnyOf = ({ pattern }: ToolRule, { use, folder, commands }: Place): boolean => {
  if (pattern === undefined) return true;
  const line = lineOf(use);
  if (line === undefined) return matchesPattern(pattern, use, folder);
  const written = commands?.flatMap(({ text, unquoted }) => [text, ...commandsWithin(unquoted)]);
  const parts = written ?? possibleCommands(line).flatMap(commandsWithin);
  return [line.trim(), ...parts].some((part) => matchesCommand(pattern, part));
};

/** A line that is not understood could hold what a rule with a pattern is about. */
const mayHide = ({ use, commands }: Place, rules: readonly ToolRule[]): boolean =>
  lineOf(use) !== undefined && commands === undefined && rules.some(({ pattern }) => pattern !== undefined);

/** The rules that allow the whole of it, as they are written. */
const allowing = (rules: readonly ToolRule[], { use, folder, commands }: Place): string | undefined => {
  const line = lineOf(use);
  const whole = rules.find(
    ({ pattern }) => pattern === undefined || (line !== undefined && pattern === line && !pattern.includes('*')),
  );
  if (whole !== undefined) return whole.text;
  if (line === undefined) return rules.find(({ pattern }) => matchesPattern(pattern!, use, folder))?.text;
  if (commands === undefined || commands.length === 0) return undefined;
  const found = commands.map(({ text }) => rules.find(({ pattern }) => matchesCommand(pattern!, text))?.text);
  return found.includes(undefined) ? undefined : [...new Set(found)].join(', ');
};
