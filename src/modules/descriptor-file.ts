import { LineCounter, parseDocument } from 'yaml';
import { HubError } from '../lib/errors.js';

/** One level of aliases is ordinary; more is an attack on memory. */
const MOST_ALIASES = 50;

/** Reads YAML, of which JSON is a part. @throws invalid_yaml with line and column of the first problem. */
export const parseDescriptorText = (text: string): unknown => {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new HubError('invalid_yaml', `line ${line}, column ${col}: ${problem.message}`);
  }
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new HubError('invalid_yaml', error instanceof Error ? error.message : 'the document cannot be read');
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
