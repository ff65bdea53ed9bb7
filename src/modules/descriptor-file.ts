import { Lexer, LineCounter, Parser, parseDocument } from 'yaml';
import { HubError } from '../lib/errors.js';
import { isDeeperThan, MOST_LEVELS } from '../lib/nesting.js';

/** One level of aliases is ordinary; more is an attack on memory. */
const MOST_ALIASES = 50;

/** On the parser's stack a document and a scalar stand beside the collections. */
const STACK_BASE = 2;

/** Reads YAML, of which JSON is a part. @throws invalid_yaml with line and column of the first problem. */
export const parseDescriptorText = (text: string): unknown => {
  checkCost(text);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new HubError('invalid_yaml', `line ${line}, column ${col}: ${problem.message}`);
  }
  const value = toValue(document);
  if (isDeeperThan(MOST_LEVELS, value)) throw tooDeep();
  return value;
};

const toValue = (document: ReturnType<typeof parseDocument>): unknown => {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new HubError('invalid_yaml', error instanceof Error ? error.message : 'the document cannot be read');
  }
};

const tooDeep = (): HubError => new HubError('invalid_yaml', `the document is nested over ${MOST_LEVELS} levels`);

/**
 * Looks at the text before a document is made of it: the parser keeps its place on a stack of its own, but what composes the document
 * recurses, and would end the process with the stack; and each alias is looked up in the whole document. @throws invalid_yaml
 */
const checkCost = (text: string): void => {
  const parser = new Parser();
  let aliases = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('*')) aliases++;
    for (const _token of parser.next(lexeme));
    if (parser.stack.length > MOST_LEVELS + STACK_BASE) throw tooDeep();
    if (aliases > MOST_ALIASES) throw new HubError('invalid_yaml', `the document has over ${MOST_ALIASES} aliases`);
  }
};

/** The line, counted from 1, on which the value at a JSON pointer begins; 1 where it cannot be told. */
export const lineOfPointer = (text: string, pointer: string): number => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const path = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(
      path.slice(0, length).map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
      true,
    );
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
};
