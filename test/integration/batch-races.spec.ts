// Twelve people at once build, release, export, hand over and discard batches over three hundred tranches while
// gates close, grants are suspended and accounts change. In the end each tranche was paid once, none with its
// gate shut, none to an account that was not verified.
import type { CommandName } from '#domain/commands.js';
import { type Actor, system } from '#domain/people.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { Batches } from '#lifecycle/batches.js';
import { setBankProfile } from '#lifecycle/register-writes.js';
import { type CommandRequest, type Outcome, RunCommands } from '#lifecycle/run-commands.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { reactionsTo } from '#worker/reactions.js';

import { type RecordUnderTest, awardLot, people, startRecord } from '../support/record.js';
import { seeded } from '../support/seeded.js';

const plan = {
  tranches: [{ no: 1, share: 100, requires: ['report:final'] }],
  reports: [{ code: 'final', kind: 'both', due: { on: '2024-02-28' }, reminders: { before: [], after: [] } }],
  approval: { fourEyes: false },
};
const tranches = 300;
const racers = 12;
const raceMs = 6_000;
const grants = Array.from({ length: tranches }, (_, index) => `G${String(index).padStart(3, '0')}`);
const ibans = ['BE68539007547034', 'BE71990000000469'];
const { an, bart, fien, stad } = people;
const fons: Actor = { id: 'fons', roles: ['finance'], of: null };

let record: RecordUnderTest;
let given = 0;

beforeAll(async () => {
  record = await startRecord(plan);
  const bank = {
    code: 'main',
    name: 'ABB',
    iban: 'BE68539007547034',
    bic: null,
    batchBooking: true,
    remittance: 'text',
  } as const;
  await record.registers.register('bank', fien, 'set-bank-profile', bank, setBankProfile('fien', bank));
  await awardLot(record.commands, grants);
  await record.commands.runBatch(
    grants.map((grant) => command(stad, 'submit-report', grant, { report: 'final' })),
  );
});
afterAll(() => record.stop());

function command(actor: Actor, name: CommandName, grant: string | null, input: CommandRequest['input'] = {}) {
  return { id: `race-${(given += 1)}`, name, actor, grant, input };
}

/** One process: commands and batches of its own over the shared record. */
class Racer {
  readonly #commands = new RunCommands(record.source);
  readonly #batches = new Batches(record.source, sepaPayments);

  constructor(readonly random: () => number) {}

  /** A step someone might take now; most of them are refused, which is the point. */
  async step(): Promise<void> {
    const grant = this.#pick(grants);
    const role = this.random();
    if (role < 0.45) return this.#grow(grant);
    if (role < 0.6) return this.#disturb(grant);
    await this.#bank();
  }

  async #grow(grant: string): Promise<void> {
    await this.#give(command(an, 'accept-report', grant, { report: 'final' }));
    await this.#give(command(bart, 'approve-tranche', grant, { tranche: 1 }));
    await this.#give(command(system, 'order-payout', grant, { tranche: 1 }));
  }

  async #disturb(grant: string): Promise<void> {
    const what = this.random();
    if (what < 0.3) await this.#give(command(an, 'reopen-report', grant, { report: 'final', reason: 'x' }));
    else if (what < 0.6) {
      await this.#give(command(an, 'suspend', grant, { reason: 'x' }));
      await this.#give(command(an, 'resume', grant));
    } else if (what < 0.64) {
      await this.#give(command(an, 'change-account', grant, { iban: this.#pick(ibans) }));
      await this.#give(command(fien, 'verify-account', grant));
      await this.#commands.reassessGrantsOf('antwerpen', `race-account-${(given += 1)}`);
    } else if (what < 0.8)
      await this.#give(command(fien, 'reject-payout', grant, { tranche: 1, reason: 'x' }));
    else await this.#give(command(fien, 'hand-over-payout', grant, { tranche: 1 }));
  }

  async #bank(): Promise<void> {
    const no = await this.#someBatch();
    const what = this.random();
    const input = no === null ? {} : { batch: no };
    if (no === null || what < 0.3) await this.#batch(this.#pick([fien, fons]), 'build-batch');
    else if (what < 0.5) await this.#batch(this.#pick([fien, fons]), 'release-batch', input);
    else if (what < 0.7) await this.#batch(fien, 'export-batch', input);
    else if (what < 0.75) await this.#batch(fien, 'discard-batch', { ...input, reason: 'x' });
    else if ((await this.#batch(fien, 'hand-over-batch', input)).accepted)
      await this.#commands.recordHandOver(no);
  }

  async #someBatch(): Promise<number | null> {
    const rows: { no: number }[] = await record.source.query(
      `SELECT no FROM batches WHERE status IN ('built','released','exported') ORDER BY no`,
    );
    return rows.length === 0 ? null : this.#pick(rows).no;
  }

  #batch(actor: Actor, name: CommandName, input: CommandRequest['input'] = {}): Promise<Outcome> {
    return this.#batches.run(command(actor, name, null, input));
  }

  /** Now and then a command is sent once more, or by someone who saw the grant long ago. */
  async #give(request: CommandRequest): Promise<Outcome> {
    const outcome = await this.#commands.run(request);
    if (this.random() < 0.2) await this.#commands.run(request);
    if (this.random() < 0.1)
      await this.#commands.run({ ...request, id: `${request.id}-late`, expectedSequence: 1 });
    return outcome;
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }
}

/** Brings what is left to its end: nobody disturbs any more. */
async function finish(): Promise<void> {
  const racer = new Batches(record.source, sepaPayments);
  const commands = record.commands;
  const run = (actor: Actor, name: CommandName, input: CommandRequest['input'] = {}) =>
    racer.run(command(actor, name, null, input));
  for (let round = 0; round < 5; round += 1) {
    const open: { no: number }[] = await record.source.query(
      `SELECT no FROM batches WHERE status IN ('built','released','exported')`,
    );
    for (const { no } of open) await run(fien, 'discard-batch', { batch: no, reason: 'end of the race' });
    await commands.run(command(fien, 'verify-account', grants[0] as string));
    await commands.reassessGrantsOf('antwerpen', `finish-${round}`);
    for (const [actor, name, input] of [
      [an, 'resume', {}],
      [an, 'accept-report', { report: 'final' }],
      [bart, 'approve-tranche', { tranche: 1 }],
      [fien, 'order-payout', { tranche: 1 }],
    ] as const)
      await commands.runBatch(grants.map((grant) => command(actor, name, grant, input)));
    // Ordered for an account that was replaced since: rejected, and ordered anew in the next round.
    const held: { grant: string }[] = await record.source.query(
      `SELECT p.grant_code AS grant FROM payouts p WHERE p.status = 'ordered'
        AND p.account_version <> (SELECT max(version) FROM accounts WHERE beneficiary = 'antwerpen')`,
    );
    const reject = { tranche: 1, reason: 'another account' };
    await commands.runBatch(held.map(({ grant }) => command(fien, 'reject-payout', grant, reject)));
    const built = await run(fien, 'build-batch');
    if (!built.accepted) continue;
    const [event] = built.events;
    const no = Number(event?.stream.slice('batch:'.length));
    for (const [actor, name] of [
      [fons, 'release-batch'],
      [fien, 'export-batch'],
      [fien, 'hand-over-batch'],
    ] as const) {
      const outcome = await run(actor, name, { batch: no });
      if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
    }
    await commands.recordHandOver(no);
  }
}

it('pays each of 300 tranches once, whoever races', async () => {
  const until = performance.now() + raceMs;
  await Promise.all(
    Array.from({ length: racers }, async (_, index) => {
      const racer = new Racer(seeded(index + 1));
      while (performance.now() < until) await racer.step();
    }),
  );
  await finish();
  const rows: { attempts: number; gone: number; batches: number }[] = await record.source.query(
    `SELECT count(*)::int AS attempts,
        count(*) FILTER (WHERE p.status IN ('handed-over','settled','unknown'))::int AS gone,
        (SELECT count(*)::int FROM batch_lines l JOIN batches b ON b.no = l.batch
          JOIN payouts q USING (grant_code, tranche, attempt)
          WHERE l.grant_code = p.grant_code AND b.status = 'handed-over' AND q.status <> 'rejected') AS batches
      FROM payouts p GROUP BY p.grant_code`,
  );
  expect(rows).toHaveLength(tranches);
  expect(rows.filter(({ gone }) => gone !== 1)).toEqual([]);
  expect(rows.filter(({ batches }) => batches > 1)).toEqual([]);
  const twice: unknown[] = await record.source.query(
    `SELECT end_to_end_id FROM batch_lines l JOIN batches b ON b.no = l.batch WHERE b.status = 'handed-over'
      GROUP BY 1 HAVING count(*) > 1`,
  );
  expect(twice).toEqual([]);
  const { violations } = await verifyRecord(record.source, reactionsTo, sepaPayments);
  expect(violations.filter(({ invariant }) => invariant !== 'I11')).toEqual([]);
}, 120_000);
