/** Whole numbers only, so that nothing is lost to rounding: at n tokens a minute, each millisecond brings n parts. */
const PARTS = 60_000;

/** How full a bucket is, in parts of a token, and since when. A new bucket is full. */
export interface Bucket {
  parts: number;
  filledAt: number;
}

export type Take =
  | { readonly isTaken: true; readonly remaining: number }
  | { readonly isTaken: false; readonly retryAfterMs: number };

export const fullBucket = (perMinute: number, now: number): Bucket => ({ parts: perMinute * PARTS, filledAt: now });

/** Takes one token from a bucket that holds a minute's worth and fills evenly. Changes the bucket. */
export const takeToken = (bucket: Bucket, perMinute: number, now: number): Take => {
  bucket.parts = Math.min(perMinute * PARTS, bucket.parts + Math.max(0, now - bucket.filledAt) * perMinute);
  bucket.filledAt = now;
  if (bucket.parts < PARTS) return { isTaken: false, retryAfterMs: Math.ceil((PARTS - bucket.parts) / perMinute) };
  bucket.parts -= PARTS;
  return { isTaken: true, remaining: Math.floor(bucket.parts / PARTS) };
};
