import { useQuery, useStore } from '../hooks.js';
import { noText, withPiece } from '../turn-text.js';
import { html, useMemo } from '../vendor/preact.js';
import { TurnOutput } from './turn-output.js';
import { Empty } from './words.js';

/** What was said in a turn: as it comes while it runs, read once it is over. @param {{ turn: { id: string, state: string } }} props */
export const TurnWords = ({ turn: { id, state } }) => {
  const live = useStore(({ turns }) => turns.get(id));
  const isLive = live !== undefined && live.endedAt === undefined && live.isWhole;
  const { data } = useQuery(isLive ? undefined : `/v1/turns/${id}/output`, ['turn']);
  const read = useMemo(() => data?.pieces.reduce(withPiece, noText).pieces, [data]);
  const pieces = isLive ? live.pieces : (read ?? live?.pieces ?? []);
  const isRunning = isLive || state === 'running';
  if (pieces.length === 0 && !isRunning) return data === undefined ? null : html`<${Empty}>It said nothing.<//>`;
  return html`<${TurnOutput} pieces=${pieces} isLive=${isRunning} />`;
};
