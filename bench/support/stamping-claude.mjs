#!/usr/bin/env node
// Runs the real CLI and prints what it prints. Right before its first words of a turn it says, in words of its own, what time it is on
// the clock that all processes of a machine share.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const stampLine = () =>
  JSON.stringify({
    type: 'stream_event',
    event: {
      type: 'content_block_delta',
      delta: { type: 'text_delta', text: `<printed at ${process.hrtime.bigint()}>` },
    },
  });

const child = spawn(process.env.BENCH_CLAUDE, process.argv.slice(2), { stdio: ['inherit', 'pipe', 'inherit'] });
process.on('SIGTERM', () => child.kill('SIGTERM'));
let isStamped = false;
for await (const line of createInterface({ input: child.stdout })) {
  const isWords = line.includes('"text_delta"');
  process.stdout.write(isWords && !isStamped ? `${stampLine()}\n${line}\n` : `${line}\n`);
  if (isWords) isStamped = true;
  if (line.startsWith('{"type":"result"')) isStamped = false;
}
