// How evenly requests were spread over those that could answer them.

/**
 * The share of requests that went where an even split would have sent them: Σ min(xᵢ, N/n) / N for N requests, n replicas and xᵢ requests
 * that replica i answered (1 minus the total variation distance to the even split). 1 is even; 1/n is all to one. NaN without requests.
 */
export function evenness(answered: readonly number[], replicas: number): number {
  const all = answered.reduce((sum, one) => sum + one, 0);
  return answered.reduce((sum, one) => sum + Math.min(one, all / replicas), 0) / all;
}
