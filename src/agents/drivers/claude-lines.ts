import type { ApprovalRequest, TurnOutput, TurnResult } from './agent-driver.js';
import { messageOutputs } from './claude-message-outputs.js';
import { turnResultOf } from './claude-result.js';
import { systemOutput } from './claude-system-outputs.js';
import { isJsonObject, type JsonObject, listField, objectField, stringField } from './json-fields.js';

/** What one line of the CLI's stdout says. */
export type ClaudeLine =
  | { readonly kind: 'outputs'; readonly outputs: readonly TurnOutput[] }
  | { readonly kind: 'message_started'; readonly messageId: string }
  /** A finished block. Its text repeats what was streamed, unless this message was not streamed. */
  | { readonly kind: 'message'; readonly messageId: string; readonly outputs: readonly TurnOutput[] }
  | { readonly kind: 'result'; readonly result: TurnResult }
  | {
      readonly kind: 'control_answered';
      readonly requestId: string;
      readonly isRefused: boolean;
      readonly response: JsonObject;
    }
  | { readonly kind: 'approval_requested'; readonly request: Omit<ApprovalRequest, 'signal'> }
  | { readonly kind: 'approval_withdrawn'; readonly requestId: string }
  | { readonly kind: 'unknown_request'; readonly requestId: string; readonly subtype: string };

/** Undefined for a line that says nothing. Throws SyntaxError for one that begins like JSON and is none. */
export function parseClaudeLine(text: string): ClaudeLine | undefined {
  if (!text.startsWith('{')) return undefined;
  const line: unknown = JSON.parse(text);
  return isJsonObject(line) ? readLine(line) : undefined;
}

function readLine(line: JsonObject): ClaudeLine | undefined {
  switch (line.type) {
    case 'stream_event':
      return line.parent_tool_use_id ? undefined : readStreamEvent(objectField(line, 'event'));
    case 'assistant':
      return readMessage(line);
    case 'user':
      return { kind: 'outputs', outputs: messageOutputs(line) };
    case 'result':
      return { kind: 'result', result: turnResultOf(line) };
    case 'control_response':
      return readAnswer(objectField(line, 'response'));
    case 'control_request':
      return readRequest(line, objectField(line, 'request'));
    case 'control_cancel_request':
      return { kind: 'approval_withdrawn', requestId: stringField(line, 'request_id') ?? '' };
    default:
      return readSystem(line);
  }
}

function readStreamEvent(event: JsonObject): ClaudeLine | undefined {
  if (event.type === 'message_start') {
    return { kind: 'message_started', messageId: stringField(objectField(event, 'message'), 'id') ?? '' };
  }
  if (event.type !== 'content_block_delta') return undefined;
  const delta = objectField(event, 'delta');
  if (delta.type === 'text_delta') return said('text', delta.text);
  return delta.type === 'thinking_delta' ? said('thinking', delta.thinking) : undefined;
}

function said(kind: 'text' | 'thinking', text: unknown): ClaudeLine | undefined {
  return typeof text === 'string' && text ? { kind: 'outputs', outputs: [{ kind, text }] } : undefined;
}

function readMessage(line: JsonObject): ClaudeLine {
  const messageId = stringField(objectField(line, 'message'), 'id') ?? '';
  return { kind: 'message', messageId, outputs: messageOutputs(line) };
}

/** Of a refusal the response is empty. */
function readAnswer(answer: JsonObject): ClaudeLine {
  const requestId = stringField(answer, 'request_id') ?? '';
  const isRefused = answer.subtype === 'error';
  return { kind: 'control_answered', requestId, isRefused, response: objectField(answer, 'response') };
}

function readRequest(line: JsonObject, request: JsonObject): ClaudeLine {
  const requestId = stringField(line, 'request_id') ?? '';
  const subtype = stringField(request, 'subtype') ?? '';
  if (subtype !== 'can_use_tool') return { kind: 'unknown_request', requestId, subtype };
  return { kind: 'approval_requested', request: approvalOf(requestId, request) };
}

function approvalOf(requestId: string, request: JsonObject): Omit<ApprovalRequest, 'signal'> {
  return {
    requestId,
    toolUseId: stringField(request, 'tool_use_id') ?? '',
    toolName: stringField(request, 'tool_name') ?? '',
    input: objectField(request, 'input'),
    description: stringField(request, 'description'),
    suggestions: listField(request, 'permission_suggestions'),
  };
}

function readSystem(line: JsonObject): ClaudeLine | undefined {
  const output = systemOutput(line);
  return output && { kind: 'outputs', outputs: [output] };
}
