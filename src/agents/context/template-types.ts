import type { ContextTarget } from './context-variables.js';

/** How useful a part is: the least useful go first where room is short; `always` never. */
export type Keep = number | 'always';

export interface TemplatePart {
  readonly name: string;
  /** null takes away the part of the template that this one extends. */
  readonly text: string | null;
  readonly keep?: Keep;
  /** A new part stands before this one, else last. */
  readonly before?: string;
}

/** As it is written. */
export interface Template {
  readonly name: string;
  readonly for?: ContextTarget;
  readonly version?: string;
  readonly description?: string;
  /** Another template, or `name@revision`. */
  readonly extends?: string;
  /** Values that modules may set, with what they are unless set: `{{parameters.tone}}`. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly parts: readonly TemplatePart[];
}

export interface ResolvedPart {
  readonly name: string;
  readonly text: string;
  readonly keep: Keep;
}

/** With all that it extends. */
export interface ResolvedTemplate {
  readonly name: string;
  readonly for: ContextTarget;
  readonly parameters: Readonly<Record<string, string>>;
  readonly parts: readonly ResolvedPart[];
}

/** Where a template comes from; a row goes before a file, and that before what the hub brings. */
export type TemplateSource = 'builtin' | 'file' | 'stored';

export interface FoundTemplate {
  readonly template: Template;
  readonly source: TemplateSource;
  /** Of a stored one. */
  readonly revision?: number;
}

/** A template that is ready for use. */
export interface TemplateChoice extends FoundTemplate {
  readonly resolved: ResolvedTemplate;
  /** Why it is not the one that was asked for. */
  readonly note?: string;
}

/** What a message is to an agent; each has a template of its name. */
export const templateKinds = ['query', 'follow-up', 'multi-turn', 'response', 'error'] as const;
export type TemplateKind = (typeof templateKinds)[number];
