import { expect, it } from '@jest/globals';

import { inLanes, inTurns, mostLanes, slices } from './lanes.js';

interface Part {
  readonly name: string;
  readonly keys: readonly string[];
}

/** Runs parts whose work ends when the next tick but `slow` has come, and notes what began and ended. */
async function run(parts: readonly Part[], fails: readonly string[] = []): Promise<string[]> {
  const seen: string[] = [];
  let atOnce = 0;
  await inLanes(
    parts,
    ({ keys }) => keys,
    async ({ name }) => {
      atOnce += 1;
      expect(atOnce).toBeLessThanOrEqual(mostLanes);
      seen.push(`+${name}`);
      await new Promise((resolve) => setTimeout(resolve, name === 'slow' ? 20 : 2));
      seen.push(`-${name}`);
      atOnce -= 1;
      if (fails.includes(name)) throw new Error(name);
    },
  ).catch((error: Error) => seen.push(`! ${error.message}`));
  return seen;
}

it('runs parts at once that share nothing, and one after the other those that do', async () => {
  const seen = await run([
    { name: 'slow', keys: ['a'] },
    { name: 'b', keys: ['b'] },
    { name: 'a', keys: ['a', 'c'] },
    { name: 'd', keys: ['d'] },
  ]);
  expect(seen.slice(0, 2)).toEqual(['+slow', '+b']);
  expect(seen.indexOf('-slow')).toBeLessThan(seen.indexOf('+a'));
});

it('lets nothing run beside a part that concerns everything', async () => {
  const seen = await run([
    { name: 'a', keys: ['a'] },
    { name: 'all', keys: [''] },
    { name: 'b', keys: ['b'] },
  ]);
  expect(seen).toEqual(['+a', '-a', '+all', '-all', '+b', '-b']);
});

it('does the rest where one part fails, and then throws', async () => {
  const seen = await run(
    [
      { name: 'a', keys: ['a'] },
      { name: 'b', keys: ['b'] },
      { name: 'c', keys: ['c'] },
    ],
    ['a'],
  );
  expect(seen).toContain('-c');
  expect(seen.at(-1)).toBe('! a');
});

it('answers in order', async () => {
  const answers = await inLanes(
    slices([5, 1, 3], 1),
    () => [],
    async ([ms]) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      return ms;
    },
  );
  expect(answers).toEqual([5, 1, 3]);
});

it('does many in order, with turns for others in between', async () => {
  const done: string[] = [];
  const others = setInterval(() => done.push('other'), 0);
  try {
    await inTurns([1, 2, 3, 4, 5], (item) => {
      done.push(String(item));
      // Three of them are a turn.
      for (const end = performance.now() + 5; performance.now() < end;);
    });
  } finally {
    clearInterval(others);
  }
  expect(done.filter((one) => one !== 'other')).toEqual(['1', '2', '3', '4', '5']);
  expect(done.indexOf('other')).toBeGreaterThan(0);
  expect(done.indexOf('other')).toBeLessThan(done.indexOf('5'));
});
