import type { TurnResult } from '../../src/agents/drivers/agent-driver.js';
import { RunningTurn } from '../../src/agents/running-turn.js';
import { type Module, moduleFromRow } from '../../src/modules/module.js';
import { claimedDelivery } from '../support/claimed-delivery.js';

const NO_PATIENCE_MS = 1;

/** A module named Processor whose runtime is `claude`, with these settings. */
export const agentModule = (runtime: object = {}): Module =>
  moduleFromRow({
    name: 'Processor',
    descriptor: JSON.stringify({ runtime: { type: 'claude', ...runtime } }),
    revision: 1,
    source: 'api',
    created_at: 0,
    updated_at: 0,
    heartbeat_at: 0,
    heartbeat: null,
  });

/** A turn that nobody runs, and that has no patience with who is to end it. */
export const newTurn = (): RunningTurn => new RunningTurn(claimedDelivery(), agentModule(), NO_PATIENCE_MS);

/** The result of a turn that went well, with what a test wants to be different. */
export const turnResult = (different: Partial<TurnResult> = {}): TurnResult => ({
  isError: false,
  outcome: 'succeeded',
  text: 'an answer',
  structuredOutput: undefined,
  sessionId: 'a-session',
  subtype: 'success',
  terminalReason: 'completed',
  errors: [],
  apiErrorStatus: undefined,
  inputTokens: 10,
  outputTokens: 5,
  cacheReadTokens: 3,
  cacheCreationTokens: 2,
  totalCostUsd: 0.5,
  durationMs: 40,
  durationApiMs: 30,
  numTurns: 1,
  permissionDenials: [],
  modelUsage: {},
  ...different,
});
