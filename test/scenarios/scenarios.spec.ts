import { readFileSync, writeFileSync } from 'node:fs';

import { simulate } from '#cli/simulation/simulate.js';
import type { TimelineLine } from '#cli/simulation/timeline.js';
import { type RedisUnderTest, startRedis } from '#test/support/redis.js';
import { describeWith } from '#test/support/requires.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';

const files = scenarioFiles();

/** Set by hand after a rule changed; every line that moved is read against domain.md before it is committed. */
const updates = process.env['SLUIS_UPDATE_EXPECTED'] === '1';

async function timelineOf(path: string, redisUrl: string | null = null): Promise<readonly TimelineLine[]> {
  return (await simulate(readScenario(path), { redisUrl })).timeline;
}

function bytesOf(timeline: readonly TimelineLine[]): string {
  return timeline.map((line) => `${JSON.stringify(line)}\n`).join('');
}

describe('every scenario gives its expected timeline, byte for byte', () => {
  it.each(files)('$name', async ({ path, expectedPath }) => {
    const bytes = bytesOf(await timelineOf(path));
    if (updates) writeFileSync(expectedPath, bytes);
    expect(bytes).toBe(readFileSync(expectedPath, 'utf8'));
  });
});

describeWith('redis', 'the same file gives the same bytes on Redis', () => {
  let redis: RedisUnderTest;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  // F1, and the one in which an account command reaches into grants.
  const some = files.filter(({ name }) => name.startsWith('roma-experten') || name.startsWith('trap-11'));
  it.each(some)('$name', async ({ path, expectedPath }) => {
    expect(bytesOf(await timelineOf(path, redis.url))).toBe(readFileSync(expectedPath, 'utf8'));
  });
});
