import { setTimeout as sleep } from 'node:timers/promises';

import type { EffectKey } from '#queue/jobs.js';
import { Effects } from '#worker/effects.js';

import { type RecordUnderTest, startRecord } from '../support/record.js';

let record: RecordUnderTest;
let effects: Effects;
beforeAll(async () => {
  record = await startRecord();
  effects = new Effects(record.source);
  await record.award('REN-1');
}, 60_000);
afterAll(() => record?.stop());

/** Effects of the first events on record, rung long ago. */
async function rungLongAgo(targets: readonly string[]): Promise<EffectKey[]> {
  await record.owner.query(
    `INSERT INTO effects (event_id, reaction, target, rung_at) SELECT 1, 'remind', t, '2020-01-01' FROM unnest($1::text[]) t`,
    [targets],
  );
  return targets.map((target) => ({ eventId: '1', reaction: 'remind', target }));
}

async function rungAt(target: string): Promise<Date> {
  const [row] = await record.owner.query('SELECT rung_at FROM effects WHERE target = $1', [target]);
  return row.rung_at;
}

describe('a batch of effects', () => {
  it('says of those that wait for their turn that they are not lost', async () => {
    const keys = await rungLongAgo(['a', 'b', 'c']);
    let atLast: Date | undefined;
    await effects.doBatch(keys, {
      remind: async (some) => {
        if (some.length > 1) throw new Error('one of them cannot be done with the others');
        if (some[0]?.target === 'c') atLast = await rungAt('c');
        else await sleep(2_000);
      },
    });
    expect(atLast?.getUTCFullYear()).toBeGreaterThan(2020);
    expect(await undone()).toEqual([]);
  });

  it('does the others where one fails, which stays undone with its error', async () => {
    const keys = await rungLongAgo(['d', 'e', 'f']);
    const doing = effects.doBatch(keys, {
      remind: async (some) => {
        if (some.some(({ target }) => target === 'e')) throw new Error('e is in trouble');
      },
    });
    await expect(doing).rejects.toThrow('e is in trouble');
    expect(await undone()).toEqual([{ target: 'e', last_error: 'e is in trouble' }]);
  });
});

function undone(): Promise<unknown[]> {
  return record.owner.query(
    `SELECT target, last_error FROM effects WHERE done_at IS NULL AND reaction = 'remind' ORDER BY target`,
  );
}
