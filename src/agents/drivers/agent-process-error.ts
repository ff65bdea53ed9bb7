import type { AgentErrorCode, AgentExitReason } from './agent-driver.js';

export class AgentProcessError extends Error {
  override readonly name = 'AgentProcessError';
  readonly code: AgentErrorCode;

  constructor({ code, message }: AgentExitReason) {
    super(message);
    this.code = code;
  }
}
