import type { ApprovalAsk, TurnOutput, TurnResult } from './agent-driver.js';
import type { AgentProcessError } from './agent-process-error.js';

/** One turn between its prompt and its result. */
export class TurnInFlight {
  readonly result: Promise<TurnResult>;
  readonly onOutput: (output: TurnOutput) => void;
  readonly onApprovalRequest: ApprovalAsk | undefined;
  resolve!: (result: TurnResult) => void;
  reject!: (error: AgentProcessError) => void;

  constructor(onOutput: (output: TurnOutput) => void, onApprovalRequest?: ApprovalAsk) {
    this.onOutput = onOutput;
    this.onApprovalRequest = onApprovalRequest;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  async settled(): Promise<void> {
    await this.result.then(
      () => undefined,
      () => undefined,
    );
  }
}
