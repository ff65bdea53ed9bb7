/** What a template may name, with what it stands for. */
const answererVariables = {
  'answerer.name': 'the agent',
  'answerer.version': 'its version',
  'answerer.description': 'what it does',
  'answerer.capabilities': 'what it can do, with commas',
  'answerer.consumes': 'data types that it takes',
  'answerer.produces': 'data types that it gives',
  'answerer.inputSchema': 'JSON Schema of what it is sent',
  'answerer.outputSchema': 'JSON Schema of what it answers',
  'answerer.systemPrompt': "its descriptor's own words",
} as const;

const turnVariables = {
  'asker.name': 'who sends the message',
  'asker.version': 'its version',
  'asker.description': 'what it says of itself',
  'asker.capabilities': 'what it can do, with commas',
  'asker.consumes': 'data types that it takes',
  'asker.produces': 'data types that it gives',
  'shared.toAnswerer': 'data types that the asker gives and the agent takes',
  'shared.toAsker': 'data types that the agent gives and the asker takes',
  'message.id': 'the message',
  'message.type': 'its type',
  'message.text': 'what is asked, in words',
  'message.data': 'the rest of its payload as JSON, marked as data',
  'message.replyTo': 'the message that it replies to',
  'message.error': 'of a reply that says something failed: what',
  'history.text': 'what was said before, marked as a record',
  'history.omitted': 'how many earlier messages are left out of it; empty where none is',
} as const;

export type ContextTarget = 'system' | 'turn';

/** The system prompt is given when a process starts, before anybody asks. */
export const variablesOf = (target: ContextTarget): readonly string[] => [
  ...Object.keys(answererVariables),
  ...(target === 'turn' ? Object.keys(turnVariables) : []),
];

export type ContextValues = Readonly<Record<string, string>>;
