import type { TurnOutput } from './drivers/agent-driver.js';

export interface OutputPiece {
  readonly kind: 'text' | 'thinking' | 'tool_use' | 'tool_result';
  text: string;
}

/** What is kept of an output: words as they are, tools as JSON. Undefined for what is no part of the answer. */
export const pieceOf = (output: TurnOutput): OutputPiece | undefined => {
  switch (output.kind) {
    case 'text':
    case 'thinking':
      return { kind: output.kind, text: output.text };
    case 'tool_use': {
      const { toolUseId, name, input } = output;
      return { kind: 'tool_use', text: JSON.stringify({ toolUseId, name, input }) };
    }
    case 'tool_result': {
      const { toolUseId, isError, text } = output;
      return { kind: 'tool_result', text: JSON.stringify({ toolUseId, isError, text }) };
    }
    default:
      return undefined;
  }
};
