import type { Ended } from './sluis-process.js';

/** One sentence that names what is wrong, and nothing else. */
export function expectRefusal(ended: Ended, words: RegExp): void {
  expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^sluis: \S.*\n$/) });
  expect(ended.stderr).toMatch(words);
  expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
}

/** A fault of the input: a line for each, exit code 2. */
export function expectFaults({ code, stderr }: Ended, ...lines: readonly RegExp[]): void {
  expect({ code, stderr }).toMatchObject({ code: 2 });
  expect(stderr).not.toMatch(/^\s+at /m);
  for (const line of lines) expect(stderr).toMatch(line);
}
