import Type from 'typebox';
import { bodyValidator } from '../lib/json-validator.js';
import type { ServedOutcome } from '../messages/held-delivery.js';
import { ServedReply } from '../messages/served-reply-schema.js';
import type { Verdict } from './breaker-state.js';
import type { WebhookAnswer } from './webhook-client.js';

/** What an answer means for the delivery, and what it says about the endpoint. */
export interface Judgement {
  readonly outcome: ServedOutcome;
  readonly verdict: Verdict;
}

type Answered = Extract<WebhookAnswer, { kind: 'answered' }>;

/** Beside 5xx: the same request may succeed later. */
const LATER: ReadonlySet<number> = new Set([408, 409, 425, 429]);
const LONGEST_DELAY_SECONDS = 86_400;
const EXCERPT_CHARACTERS = 300;

/** An endpoint that refuses a message for good works well; one that cannot take any now does not. */
export const judge = (answer: WebhookAnswer, now: number): Judgement => {
  switch (answer.kind) {
    case 'answered':
      return judgeStatus(answer, now);
    case 'timed_out': {
      const message = `The endpoint did not answer within ${answer.timeoutSeconds} s.`;
      return { outcome: later('webhook_timed_out', message), verdict: 'failed' };
    }
    case 'unreachable': {
      const message = `The endpoint could not be reached: ${answer.message}`;
      return { outcome: later('webhook_unreachable', message), verdict: 'failed' };
    }
    case 'abandoned':
      return { outcome: { kind: 'released' }, verdict: 'abandoned' };
  }
};

const judgeStatus = (answer: Answered, now: number): Judgement => {
  const { status } = answer;
  if (status >= 200 && status < 300) return { outcome: completion(answer), verdict: 'succeeded' };
  if (status >= 300 && status < 400) {
    const where = answer.location === undefined ? '' : ` to ${excerptOf(answer.location)}`;
    const message = `The endpoint answered ${status}, a redirect${where}; redirects are not followed.`;
    return { outcome: forGood('webhook_redirected', message), verdict: 'succeeded' };
  }
  const words = excerptOf(answer.text ?? '');
  const message = `The endpoint answered ${status}${words === '' ? '.' : `: ${words}`}`;
  if (status >= 400 && status < 500 && !LATER.has(status))
    return { outcome: forGood('webhook_refused', message), verdict: 'succeeded' };
  return { outcome: later('webhook_failed', message, delayOf(answer.retryAfter, now)), verdict: 'failed' };
};

const replyProblems = bodyValidator(Type.Object({ reply: Type.Optional(ServedReply) }));

/** The work is done; what cannot be read as a reply is not lost silently, and would be no better the next time. */
const completion = ({ text, contentType }: Answered): ServedOutcome => {
  const saysJson = contentType !== undefined && /json/i.test(contentType);
  if (text === '' || (contentType !== undefined && !saysJson)) return { kind: 'completed' };
  if (text === undefined) return forGood('webhook_bad_answer', 'The answer of the endpoint is longer than 1 MiB.');
  const value = parsed(text);
  if (value === undefined)
    return saysJson ? forGood('webhook_bad_answer', 'The answer of the endpoint is not JSON.') : { kind: 'completed' };
  if (typeof value !== 'object' || value === null || !('reply' in value)) return { kind: 'completed' };
  const [problem] = replyProblems(value);
  if (problem === undefined) return { kind: 'completed', reply: value.reply as ServedReply };
  return forGood(
    'webhook_bad_answer',
    `The reply of the endpoint is not valid: ${problem.pointer} ${problem.message}.`,
  );
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Seconds, or a date (RFC 9110, 10.2.3); undefined for anything else. */
const delayOf = (retryAfter: string | undefined, now: number): number | undefined => {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - now) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(0, seconds), LONGEST_DELAY_SECONDS);
};

const excerptOf = (text: string): string => text.slice(0, EXCERPT_CHARACTERS).replace(/\s+/g, ' ').trim();

const later = (code: string, message: string, delaySeconds?: number): ServedOutcome => ({
  kind: 'failed',
  error: { code, message },
  isRetryable: true,
  delaySeconds,
});

const forGood = (code: string, message: string): ServedOutcome => ({
  kind: 'failed',
  error: { code, message },
  isRetryable: false,
});
