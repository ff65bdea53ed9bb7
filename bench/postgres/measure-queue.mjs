// `node measure-queue.mjs NAME URL SECONDS MESSAGES`: the rates of one queue, as JSON on one line. A process of its own, as any program that uses it.

const [name, url, seconds, messages] = process.argv.slice(2);
const { openQueue } = await import(`./${name}-queue.mjs`);
const payload = { text: 'x'.repeat(256 - '{"text":""}'.length) };
const hundred = Array.from({ length: 100 }, () => payload);

/** @returns calls a second of so many callers, each with the next call when the last is answered */
const rateOf = async (callers, call) => {
  const start = performance.now();
  const end = start + seconds * 1000;
  let calls = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        await call();
        calls++;
      }
    }),
  );
  return (calls * 1000) / (performance.now() - start);
};

const queue = await openQueue(url);
await queue.send(payload);
const single = await rateOf(32, () => queue.send(payload));
await queue.clear();
const batch = 100 * (await rateOf(8, () => queue.sendMany(hundred)));
await queue.clear();
for (let sent = 0; sent < messages; sent += 100) await queue.sendMany(hundred);
const start = performance.now();
const done = await queue.consume();
const consume = (done * 1000) / (performance.now() - start);
if (done !== Number(messages)) throw new Error(`${messages} were sent and ${done} completed`);
await queue.close();
console.log(JSON.stringify({ single, batch, consume }));
