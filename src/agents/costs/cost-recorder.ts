import type { Transaction } from '../../db/statement.js';
import type { Clock } from '../../lib/clock.js';
import type { AgentInstance } from '../agent-instance.js';
import type { TurnResult } from '../drivers/agent-driver.js';
import { isJsonObject, numberField } from '../drivers/json-fields.js';
import { instanceStore } from '../instance-store.js';
import type { TurnContext } from '../turn-context.js';
import { costStore, type TurnCostRow } from './cost-store.js';
import { type Figures, type FiguresByModel, type LastReport, spentInTurn } from './turn-cost-plan.js';

export interface EndedTurnCost {
  readonly turnId: number;
  readonly instance: AgentInstance;
  readonly result: TurnResult;
  /** What the process says that the turn has cost; it counts where it names no models. */
  readonly costUsd: number;
}

/** Writes what turns have spent, by process, session and model, and adds it to what their instances have. */
export class CostRecorder {
  readonly #clock: Clock;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** @returns what the turn has cost, in dollars */
  async record(
    tx: Transaction,
    { module, conversationId }: TurnContext,
    { turnId, instance, result, costUsd }: EndedTurnCost,
  ): Promise<number> {
    const { run } = instance;
    const { tag, sessionId } = run;
    const reported = figuresByModel(result.modelUsage);
    const last =
      run.reported === undefined
        ? lastReport(await costStore.ofSession(tx, sessionId))
        : { process: tag, figures: run.reported };
    const spent =
      reported.size === 0
        ? new Map([['unknown', { ...tokensOf(result), costUsd }]])
        : spentInTurn({ process: tag, figures: reported, used: tokensOf(result) }, last);
    const at = this.#clock.now();
    for (const [model, figures] of spent) {
      await costStore.insert(tx, {
        turn_id: turnId,
        instance_id: instance.id,
        process: tag,
        session_id: sessionId,
        module: module.name,
        conversation_id: conversationId,
        model,
        input_tokens: figures.inputTokens,
        output_tokens: figures.outputTokens,
        cache_read_tokens: figures.cacheReadTokens,
        cache_creation_tokens: figures.cacheCreationTokens,
        cost_usd: figures.costUsd,
        reported: reported.has(model) ? JSON.stringify(reported.get(model)) : '',
        at,
      });
    }
    const spentUsd = [...spent.values()].reduce((sum, figures) => sum + figures.costUsd, 0);
    await instanceStore.addCost(tx, instance.id, spentUsd);
    tx.afterCommit(() => {
      instance.costUsd += spentUsd;
      if (reported.size > 0) run.reported = reported;
    });
    return spentUsd;
  }
}

const tokensOf = ({ inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens }: TurnResult) => ({
  inputTokens,
  outputTokens,
  cacheReadTokens,
  cacheCreationTokens,
});

const figuresByModel = (modelUsage: TurnResult['modelUsage']): FiguresByModel =>
  new Map(
    Object.entries(modelUsage).flatMap(([model, usage]) =>
      isJsonObject(usage)
        ? [
            [
              model,
              {
                inputTokens: numberField(usage, 'inputTokens') ?? 0,
                outputTokens: numberField(usage, 'outputTokens') ?? 0,
                cacheReadTokens: numberField(usage, 'cacheReadInputTokens') ?? 0,
                cacheCreationTokens: numberField(usage, 'cacheCreationInputTokens') ?? 0,
                costUsd: numberField(usage, 'costUSD') ?? 0,
              },
            ],
          ]
        : [],
    ),
  );

/** Every turn writes all the models of its report, so the rows of the last turn are the whole of it. */
const lastReport = (rows: readonly TurnCostRow[]): LastReport | undefined => {
  const [newest] = rows;
  if (newest === undefined) return undefined;
  const ofTurn = rows.filter(({ turn_id }) => turn_id === newest.turn_id);
  return {
    process: newest.process,
    figures: new Map(ofTurn.map(({ model, reported }) => [model, JSON.parse(reported) as Figures])),
  };
};
