import { restAfter, rests } from './webhook-retry.js';

it('rests ever longer, and the last attempt comes three days after the first', () => {
  for (const [index, rest] of rests.entries()) {
    expect(rest).toBeGreaterThanOrEqual(rests[index - 1] ?? 0);
    expect(restAfter(index + 1, 0)).toBe(rest);
    expect(restAfter(index + 1, 1)).toBeCloseTo(rest * 1.1);
  }
  expect(rests.reduce((sum, rest) => sum + rest, 0)).toBe(3 * 24 * 3600);
  expect(restAfter(rests.length + 1, 0)).toBeNull();
});
