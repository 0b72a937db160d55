import { type RecordUnderTest, people, startRecord } from '../support/record.js';
import { readStream } from '#persistence/event-log.js';

describe('the record', () => {
  let record: RecordUnderTest;
  beforeAll(async () => {
    record = await startRecord();
  }, 60_000);
  afterAll(() => record?.stop());

  it('smokes', async () => {
    await record.award('REN-1');
    const outcome = await record.give(people.bart, 'approve-tranche', 'REN-1', { tranche: 1 });
    console.log(JSON.stringify(outcome, null, 1));
    const paid = await record.give(people.fien, 'order-payout', 'REN-1', { tranche: 1 });
    console.log(JSON.stringify(paid, null, 1));
    console.log(await readStream((record.source.driver as any).master, 'grant:REN-1'));
    console.log(await record.source.query('select * from refusals'));
  });
});
