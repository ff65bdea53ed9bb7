import type { TurnOutput } from './agent-driver.js';
import { isJsonObject, type JsonObject, listField, objectField, stringField } from './json-fields.js';

/** Marks what the CLI wrote in the model's name, such as an API error, which the result repeats. */
const SYNTHETIC_MODEL = '<synthetic>';

/** The outputs of an `assistant` or `user` line. A sub-agent's words are its own: only its tools are shown. */
export function messageOutputs(line: JsonObject): TurnOutput[] {
  const message = objectField(line, 'message');
  const parentToolUseId = stringField(line, 'parent_tool_use_id');
  const isSilent = parentToolUseId !== undefined || line.type === 'user' || message.model === SYNTHETIC_MODEL;
  return listField(message, 'content')
    .filter(isJsonObject)
    .map((block) => toolOutput(block, parentToolUseId) ?? (isSilent ? undefined : wordsOutput(block)))
    .filter((output) => output !== undefined);
}

function toolOutput(block: JsonObject, parentToolUseId: string | undefined): TurnOutput | undefined {
  if (block.type === 'tool_use') return toolUse(block, parentToolUseId);
  return block.type === 'tool_result' ? toolResult(block, parentToolUseId) : undefined;
}

function toolUse(block: JsonObject, parentToolUseId: string | undefined): TurnOutput {
  return {
    kind: 'tool_use',
    toolUseId: stringField(block, 'id') ?? '',
    name: stringField(block, 'name') ?? '',
    input: objectField(block, 'input'),
    parentToolUseId,
  };
}

function toolResult(block: JsonObject, parentToolUseId: string | undefined): TurnOutput {
  return {
    kind: 'tool_result',
    toolUseId: stringField(block, 'tool_use_id') ?? '',
    text: resultText(block.content),
    isError: block.is_error === true,
    parentToolUseId,
  };
}

function resultText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .filter(isJsonObject)
    .map((block) => stringField(block, 'text') ?? `[${block.type}]`)
    .join('\n');
}

function wordsOutput(block: JsonObject): TurnOutput | undefined {
  const text = stringField(block, 'text');
  if (block.type === 'text' && text) return { kind: 'text', text };
  const thinking = stringField(block, 'thinking');
  return block.type === 'thinking' && thinking ? { kind: 'thinking', text: thinking } : undefined;
}
