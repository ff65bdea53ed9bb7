import { createHash } from 'node:crypto';

/** What is kept of a secret: who reads the database has no key to the hub. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
