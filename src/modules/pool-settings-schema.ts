import Type from 'typebox';

/** Of the runtime `claude`: how many processes are kept, and for how long. */
export const poolSettings = {
  prewarm: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 16,
      description: 'Spare processes kept ready for new conversations, while there are places (default 0)',
    }),
  ),
  idleSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 604_800, description: 'How long an unused process is kept (default 900)' }),
  ),
  recycleAfterTurns: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Most turns of one process; its session goes on' }),
  ),
  recycleAfterSeconds: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 2_592_000, description: 'Longest that one process lives, turns aside' }),
  ),
  memoryLimitMb: Type.Optional(
    Type.Integer({
      minimum: 32,
      maximum: 1_048_576,
      description: 'A process that holds more, with all below it, is ended when its turn is over',
    }),
  ),
};
