import { readFileSync, writeFileSync } from 'node:fs';

import { describeWith } from '#test/support/requires.js';
import { type RedisUnderTest, startRedis } from '#test/support/redis.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';

import { simulate } from '../../apps/cli/src/simulation/simulate.js';
import type { TimelineLine } from '../../apps/cli/src/simulation/timeline.js';

const files = scenarioFiles();
const f1Name = 'roma-experten-netwerk-2023-2024';

/** Set by hand after a rule changed, and every changed line read against domain.md before it is committed. */
const updates = process.env['SLUIS_UPDATE_EXPECTED'] === '1';

async function timelineOf(path: string, redisUrl: string | null = null): Promise<TimelineLine[]> {
  return [...(await simulate(readScenario(path), { redisUrl })).timeline];
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

  it.each(files.filter(({ name }) => name === f1Name || name.startsWith('trap-11')))(
    '$name',
    async ({ path, expectedPath }) => {
      expect(bytesOf(await timelineOf(path, redis.url))).toBe(readFileSync(expectedPath, 'utf8'));
    },
  );
});
