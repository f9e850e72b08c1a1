// The shortest input that still shows what is wrong (delta debugging: Zeller and Hildebrandt, 2002): parts are left out, large ones first.

/** Attempts at most: an input that takes long to try is better long than never told. */
const most = 400;

export async function shrink(input: string, fails: (input: string) => Promise<boolean>): Promise<string> {
  let shortest = input;
  let tried = 0;
  for (let size = Math.ceil(shortest.length / 2); size >= 1 && tried < most; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < shortest.length && tried < most; ) {
      const without = shortest.slice(0, at) + shortest.slice(at + size);
      tried += 1;
      if (await fails(without)) shortest = without;
      else at += size;
    }
  }
  return shortest;
}
