// Sums what Producer sends, until it is stopped. npx tsx examples/producer-processor/processor.ts
// Outside of this repository the import is 'granger-hub/client'.
import { Module, WorkFailed } from '../../src/client/entry.js';

class Processor extends Module {
  readonly name = 'Processor';
  override readonly description = 'Sums numbers';
  override readonly capabilities = ['statistics'];
  override readonly inputSchema = {
    type: 'object',
    properties: { numbers: { type: 'array', items: { type: 'number' } } },
    required: ['numbers'],
  };

  override process(data: unknown): unknown {
    const { numbers } = data as { numbers: number[] };
    if (numbers.length === 0) throw new WorkFailed('no_numbers', 'There is nothing to sum.', { retryable: false });
    return { count: numbers.length, sum: numbers.reduce((sum, number) => sum + number, 0) };
  }
}

const processor = await new Processor().start();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void processor.stop());
