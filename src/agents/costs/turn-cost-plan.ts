export interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheCreationTokens: number;
}

/** What was spent on a model: of a turn, or, as the CLI reports it, since its process started. */
export interface Figures extends Tokens {
  readonly costUsd: number;
}

export type FiguresByModel = ReadonlyMap<string, Figures>;

/** What a session was last reported to have spent, and by which of its processes. */
export interface LastReport {
  readonly process: string | null;
  readonly figures: FiguresByModel;
}

export interface TurnReport {
  readonly process: string;
  readonly figures: FiguresByModel;
  /** Of the turn itself, without its sub-agents. */
  readonly used: Tokens;
}

const NO_TOKENS: Tokens = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0 };
const NOTHING: Figures = { ...NO_TOKENS, costUsd: 0 };
const kinds = Object.keys(NO_TOKENS) as (keyof Tokens)[];
const names = Object.keys(NOTHING) as (keyof Figures)[];

/**
 * What a turn has spent: reports are cumulative, so it is the difference to the last one of the same process. The first report of a
 * process that resumes a session begins at nothing, or, with newer CLIs, at where the last process ended.
 */
export const spentInTurn = (turn: TurnReport, last: LastReport | undefined): FiguresByModel => {
  if (last === undefined) return turn.figures;
  const since = difference(turn.figures, last.figures);
  if (last.process === turn.process) return floored(since);
  return goesOn(since, last.figures, turn) ? since : turn.figures;
};

/**
 * No figure has shrunk, none is missing, and what has come on top holds what the turn itself has used, of every kind of tokens. A process
 * that begins at nothing looks the same where the sub-agents of its first turn alone use more of every kind than the session before it.
 */
const goesOn = (since: FiguresByModel, last: FiguresByModel, { figures, used }: TurnReport): boolean => {
  const isWhole = [...last.keys()].every((model) => figures.has(model));
  const isMore = [...since.values()].every((each) => names.every((name) => each[name] >= 0));
  const isHeld = kinds.every((kind) => sumOf(since, kind) >= used[kind]);
  return isWhole && isMore && used.outputTokens > 0 && isHeld;
};

const sumOf = (figures: FiguresByModel, kind: keyof Tokens): number =>
  [...figures.values()].reduce((sum, each) => sum + each[kind], 0);

const difference = (figures: FiguresByModel, last: FiguresByModel): FiguresByModel =>
  mapped(figures, (model, name, value) => value - (last.get(model) ?? NOTHING)[name]);

const floored = (figures: FiguresByModel): FiguresByModel =>
  mapped(figures, (_model, _name, value) => Math.max(0, value));

const mapped = (
  figures: FiguresByModel,
  change: (model: string, name: keyof Figures, value: number) => number,
): FiguresByModel =>
  new Map(
    [...figures].map(([model, each]) => [
      model,
      Object.fromEntries(names.map((name) => [name, change(model, name, each[name])])) as unknown as Figures,
    ]),
  );
