// Ids that people can read and machines can sort; randomness is handed in so that simulation can repeat it.
import { randomBytes } from 'node:crypto';

/** `length` characters of unambiguous lower-case base 32 (no i, l, o, u). */
export type RandomText = (length: number) => string;

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export const randomText: RandomText = (length) => Array.from(randomBytes(length), (byte) => alphabet[byte & 31]).join('');
