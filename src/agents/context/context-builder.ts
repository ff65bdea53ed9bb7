import type { Descriptor } from '../../modules/module-schema.js';
import { type ComposedContext, composeContext } from './compose-context.js';
import { type AskedMessage, answererValues, askerValues, messageValues } from './context-values.js';
import type { ContextValues } from './context-variables.js';
import type { History } from './history-text.js';
import type { TemplateChoice, TemplateKind } from './template-types.js';

export interface Answerer {
  readonly name: string;
  readonly descriptor: Descriptor;
}

export interface TurnRequest {
  readonly kind: TemplateKind;
  readonly asker: { readonly name: string; readonly descriptor: Descriptor | undefined };
  readonly message: AskedMessage;
  readonly history?: History | undefined;
  /** Instead of the one that the agent has for this kind. */
  readonly template?: string | undefined;
}

export interface BuiltContext extends ComposedContext {
  /** A record of what was said before stands in a block of its own. */
  readonly blocks: readonly string[];
  readonly text: string;
  readonly template: TemplateChoice;
}

/** Where templates come from. */
export interface TemplateChooser {
  choose(kind: TemplateKind | 'system', named?: string): Promise<TemplateChoice>;
}

/** A turn is left so many tokens, however long the system prompt is. */
const LEAST_FOR_TURN = 1000;

/** Makes what an agent is told, whether to tell it or to show it. */
export class ContextBuilder {
  readonly #templates: TemplateChooser;
  readonly #budget: number;
  /** Asked for with every turn. */
  readonly #systems = new WeakMap<Descriptor, BuiltContext>();

  constructor(parts: { readonly templates: TemplateChooser; readonly budget: number }) {
    this.#templates = parts.templates;
    this.#budget = parts.budget;
  }

  budgetOf({ descriptor }: Answerer): number {
    return descriptor.context?.tokenBudget ?? this.#budget;
  }

  /** Added to the CLI's own words when its process starts. */
  async system(answerer: Answerer): Promise<BuiltContext> {
    const { name, descriptor } = answerer;
    const template = await this.#templates.choose('system', descriptor.context?.templates?.system);
    const known = this.#systems.get(descriptor);
    if (known?.template === template) return known;
    const values = withParameters(answererValues(name, descriptor), template, descriptor);
    const budget = this.budgetOf(answerer);
    const system = built(template, composeContext({ template: template.resolved, values, budget }));
    this.#systems.set(descriptor, system);
    return system;
  }

  /** The words that begin a turn. */
  async turn(
    answerer: Answerer,
    { kind, asker, message, history, template: named }: TurnRequest,
  ): Promise<BuiltContext> {
    const { name, descriptor } = answerer;
    const template = await this.#templates.choose(kind, named ?? descriptor.context?.templates?.[kind]);
    const all = {
      ...answererValues(name, descriptor),
      ...askerValues(asker.name, asker.descriptor, descriptor),
      ...messageValues(message),
    };
    const values = withParameters(all, template, descriptor);
    const budget = await this.#budgetOfTurn(answerer);
    return built(template, composeContext({ template: template.resolved, values, history, budget }));
  }

  async #budgetOfTurn(answerer: Answerer): Promise<number> {
    return Math.max(LEAST_FOR_TURN, this.budgetOf(answerer) - (await this.system(answerer)).tokens);
  }
}

const withParameters = (
  values: ContextValues,
  { resolved }: TemplateChoice,
  { context }: Descriptor,
): ContextValues => {
  const parameters = { ...resolved.parameters, ...context?.parameters };
  return {
    ...values,
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`parameters.${name}`, value])),
  };
};

const built = (template: TemplateChoice, composed: ComposedContext): BuiltContext => {
  const { parts } = composed;
  const start = parts.findLastIndex(({ hasHistory }) => hasHistory) + 1;
  const blocks = [parts.slice(0, start), parts.slice(start)]
    .map((block) => block.map(({ text }) => text).join('\n\n'))
    .filter((text) => text !== '');
  return { ...composed, template, blocks, text: blocks.join('\n\n') };
};
