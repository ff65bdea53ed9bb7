#!/usr/bin/env node
// Runs the real CLI and passes on what it reads and prints. Right before its first words of a turn, and behind its answer, it says what
// time it is, and when it was asked, on the clock that all processes of a machine share.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const now = () => process.hrtime.bigint();
const stampLine = () =>
  JSON.stringify({
    type: 'stream_event',
    event: { type: 'content_block_delta', delta: { type: 'text_delta', text: `<printed at ${now()}>` } },
  });

const child = spawn(process.env.BENCH_CLAUDE, process.argv.slice(2), { stdio: ['pipe', 'pipe', 'inherit'] });
process.on('SIGTERM', () => child.kill('SIGTERM'));
let askedAt;
process.stdin.on('data', (chunk) => {
  askedAt = now();
  child.stdin.write(chunk);
});
process.stdin.on('end', () => child.stdin.end());
let isStamped = false;
for await (const line of createInterface({ input: child.stdout })) {
  const isWords = line.includes('"text_delta"');
  if (line.startsWith('{"type":"result"')) {
    const result = JSON.parse(line);
    result.result += `<asked at ${askedAt}, done at ${now()}>`;
    process.stdout.write(`${JSON.stringify(result)}\n`);
    isStamped = false;
  } else {
    process.stdout.write(isWords && !isStamped ? `${stampLine()}\n${line}\n` : `${line}\n`);
    if (isWords) isStamped = true;
  }
}
