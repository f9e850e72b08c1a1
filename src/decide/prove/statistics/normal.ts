// The standard normal distribution: its quantiles, and values drawn from it.
import type { Random } from '../../../base/random.ts';

/** P. J. Acklam's rational approximation; relative error below 1.2e-9. NaN outside 0 … 1. */
export function normalQuantile(p: number): number {
  if (p === 0.5) return 0;
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.024_25) {
    const q = Math.sqrt(-2 * Math.log(p));
    return horner(tailTop, q) / horner(tailBottom, q);
  }
  const q = p - 0.5;
  const r = q * q;
  return (horner(middleTop, r) * q) / horner(middleBottom, r);
}

const middleTop = [
  -39.696_830_286_653_76, 220.946_098_424_520_5, -275.928_510_446_968_7, 138.357_751_867_269, -30.664_798_066_147_16, 2.506_628_277_459_239,
];
const middleBottom = [
  -54.476_098_798_224_06, 161.585_836_858_040_9, -155.698_979_859_886_6, 66.801_311_887_719_72, -13.280_681_552_885_72, 1,
];
const tailTop = [
  -0.007_784_894_002_430_293, -0.322_396_458_041_136_5, -2.400_758_277_161_838, -2.549_732_539_343_734, 4.374_664_141_464_968,
  2.938_163_982_698_783,
];
const tailBottom = [0.007_784_695_709_041_462, 0.322_467_129_070_039_8, 2.445_134_137_142_996, 3.754_408_661_907_416, 1];

/** Highest power first. */
const horner = (coefficients: readonly number[], x: number) => coefficients.reduce((sum, one) => sum * x + one, 0);

/** One value (Box and Muller 1958). */
export function normalFrom(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}
