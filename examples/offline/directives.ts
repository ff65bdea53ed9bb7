/** A stage direction in a prompt, such as `[[say hello]]`, that tells the offline API what to answer. */
export type Directive =
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'echo' }
  | { readonly kind: 'unicode' }
  | { readonly kind: 'long'; readonly bytes: number }
  | { readonly kind: 'slow'; readonly pauseMs: number; readonly chunks: number }
  | { readonly kind: 'hang' }
  | { readonly kind: 'hang-before-first' }
  | { readonly kind: 'tool'; readonly name: string; readonly input: Record<string, unknown> }
  | FailDirective;

export interface FailDirective {
  readonly kind: 'fail';
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  /** How often it fails before it succeeds; Infinity when it never does. */
  readonly times: number;
}

interface Read {
  readonly directive: Directive | undefined;
  readonly end: number;
}

/** Directives in the order of the text. What is in double brackets but means nothing is left alone. */
export function parseDirectives(text: string): Directive[] {
  const directives: Directive[] = [];
  for (let start = text.indexOf('[['); start >= 0; ) {
    const { directive, end } = readDirective(text, start + 2);
    if (directive) directives.push(directive);
    start = text.indexOf('[[', end);
  }
  return directives;
}

/** Tries each `]]` in turn, because the JSON input of a tool may hold brackets of its own. */
function readDirective(text: string, start: number): Read {
  const isTool = text.startsWith('tool ', start);
  for (let close = text.indexOf(']]', start); close >= 0; close = text.indexOf(']]', close + 1)) {
    const directive = directiveOf(text.slice(start, close).trim());
    if (directive || !isTool) return { directive, end: close + 2 };
  }
  return { directive: undefined, end: start };
}

function directiveOf(body: string): Directive | undefined {
  const space = body.search(/\s/);
  const name = space < 0 ? body : body.slice(0, space);
  const rest = space < 0 ? '' : body.slice(space + 1).trim();
  return Object.hasOwn(PARSERS, name) ? PARSERS[name]?.(rest) : undefined;
}

const PARSERS: Readonly<Record<string, (rest: string) => Directive | undefined>> = {
  say: (rest) => (rest ? { kind: 'say', text: rest } : undefined),
  thinking: (rest) => (rest ? { kind: 'thinking', text: rest } : undefined),
  echo: (rest) => (rest ? undefined : { kind: 'echo' }),
  unicode: (rest) => (rest ? undefined : { kind: 'unicode' }),
  hang: (rest) => (rest ? undefined : { kind: 'hang' }),
  'hang-before-first': (rest) => (rest ? undefined : { kind: 'hang-before-first' }),
  long: parseLong,
  slow: parseSlow,
  tool: parseTool,
  fail: parseFail,
};

function parseLong(rest: string): Directive | undefined {
  const match = /^(\d+)\s*(KB|MB)$/i.exec(rest);
  if (!match) return undefined;
  const unit = match[2]?.toUpperCase() === 'MB' ? 1024 * 1024 : 1024;
  return { kind: 'long', bytes: Number(match[1]) * unit };
}

function parseSlow(rest: string): Directive | undefined {
  const match = /^(\d+)ms\s*x\s*(\d+)$/.exec(rest);
  return match ? { kind: 'slow', pauseMs: Number(match[1]), chunks: Number(match[2]) } : undefined;
}

function parseFail(rest: string): Directive | undefined {
  const match = /^(\d{3})(?:\s+retry-after\s+(\d+))?(?:\s+x\s+(\d+))?$/.exec(rest);
  if (!match) return undefined;
  return {
    kind: 'fail',
    status: Number(match[1]),
    retryAfterSeconds: match[2] === undefined ? undefined : Number(match[2]),
    times: match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]),
  };
}

function parseTool(rest: string): Directive | undefined {
  const match = /^(\S+)(?:\s+(.*))?$/s.exec(rest);
  if (!match?.[1]) return undefined;
  const input = match[2] === undefined ? {} : parseInput(match[2]);
  return input && { kind: 'tool', name: match[1], input };
}

/** A prompt that quotes a payload as JSON carries the input with its quotes escaped. */
function parseInput(text: string): Record<string, unknown> | undefined {
  return parseObject(text) ?? parseObject(unescaped(text));
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return '';
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
