import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

export type Key = 'up' | 'down' | 'quit' | 'other' | (string & {});

const names: Readonly<Record<string, Key>> = {
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  k: 'up',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  j: 'down',
  q: 'quit',
  // In raw mode Ctrl-C is a key.
  '\u0003': 'quit',
};

/** What was pressed: an escape sequence is one key. */
export const keysOf = (text: string): Key[] =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what keys send
  (text.match(/\u001b[[O][0-9;]*[A-Za-z~]|[\s\S]/g) ?? []).map((each) => names[each] ?? each);

export const onKeys = (stdin: Readable, listener: (key: Key) => void): (() => void) => {
  const decoder = new StringDecoder('utf8');
  const hear = (chunk: Buffer): void => {
    for (const key of keysOf(decoder.write(chunk))) listener(key);
  };
  stdin.on('data', hear);
  stdin.resume();
  return () => {
    stdin.removeListener('data', hear);
    stdin.pause();
  };
};
