// How many tokens a text takes, estimated from above without a tokenizer: a test holds the estimate to a real one.

const runs = /[A-Za-z]+|\d+|[ \n]+|[^A-Za-z\d \n]+/g;

/** Words are one token or a few, digits go by threes, signs have a token each but for those of JSON, which stand together; a rare letter has one for each of its bytes. */
export function tokensOf(text: string): number {
  let count = 0;
  for (const [run] of text.matchAll(runs)) count += tokensOfRun(run);
  return Math.ceil(count);
}

function tokensOfRun(run: string): number {
  const { length } = run;
  if (/^[ \n]/.test(run)) return length === 1 ? 0.2 : 1;
  if (/^\d/.test(run)) return Math.ceil(length / 3);
  if (/^[A-Za-z]/.test(run)) return length <= 7 ? 1.1 : 1 + (length - 7) / 2.5;
  if (/^[":,{}[\]]+$/.test(run)) return Math.max(1, length * 0.4);
  return Buffer.byteLength(run);
}
