import { type RedisUnderTest, startRedis } from './redis.js';
import { describeWith } from './requires.js';

/** The same suite on BullMQ's PostgreSQL backend and, where it is installed, on Redis. */
export function onEachBackend(name: string, suite: (redis: () => RedisUnderTest | null) => void): void {
  describe(`${name}, on PostgreSQL`, () => suite(() => null));
  describeWith('redis', `${name}, on Redis`, () => {
    let redis: RedisUnderTest;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis.stop());
    suite(() => redis);
  });
}
