import { system } from '#domain/people.js';
import type { Actor } from '#domain/people.js';
import { readBankFile } from '#finance/bank-file-reader.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { BankFiles } from '#lifecycle/bank-files.js';
import { Batches } from '#lifecycle/batches.js';
import { setBankProfile } from '#lifecycle/register-writes.js';
import type { Outcome } from '#lifecycle/run-commands.js';

import { type AnsweredPayment, bytesOf } from './bank-answers.js';
import type { TestCluster } from './cluster.js';
import { profile } from './payments.js';
import { type RecordUnderTest, awardLot, openRecord, people } from './record.js';

/** Releases what `people.fien` builds. */
export const fons: Actor = { id: 'fons', roles: ['finance'], of: null };

const oneTranche = {
  tranches: [{ no: 1, share: 100, due: { on: 'grant-start' } }],
  approval: { fourEyes: false },
};

/** What an entry came to, as the rows say it. */
export interface EntryRow {
  readonly file: number;
  readonly no: number;
  readonly answer: string;
  readonly status: string;
  readonly because: string | null;
  readonly payout: string | null;
}

/** A record with a bank: grants of 1,000.00 in one tranche each, batches that take them, and files that answer. */
export class BankUnderTest {
  readonly batches: Batches;
  readonly files: BankFiles;
  private given = 0;

  private constructor(readonly record: RecordUnderTest) {
    this.batches = new Batches(record.source, sepaPayments);
    this.files = new BankFiles(record.source, record.commands, readBankFile);
  }

  /** In a database of its own. */
  static async start(cluster: TestCluster): Promise<BankUnderTest> {
    const record = await openRecord(await cluster.clone(), async () => undefined, oneTranche);
    const entered = { ...profile, code: 'main' };
    await record.registers.register(
      'bank',
      people.fien,
      'set-bank-profile',
      { code: 'main' },
      setBankProfile('fien', entered),
    );
    return new BankUnderTest(record);
  }

  /** Grants with an ordered payout each; `A` has the payout `A-1-1`. */
  async order(...codes: string[]): Promise<void> {
    await awardLot(this.record.commands, codes);
    const all = codes.flatMap((grant) => [
      {
        id: `approve-${grant}`,
        name: 'approve-tranche',
        actor: people.bart,
        grant,
        input: { tranche: 1 },
      } as const,
      { id: `order-${grant}`, name: 'order-payout', actor: system, grant, input: { tranche: 1 } } as const,
    ]);
    for (const outcome of await this.record.commands.runBatch(all)) accepted(outcome);
  }

  /** All that is ordered goes into the next batch, up to a step of its life; its number. */
  async batch(last: 'build' | 'release' | 'export' | 'hand-over' = 'hand-over'): Promise<number> {
    const built = accepted(await this.step(people.fien, 'build-batch', {}));
    const no = Number(built.events[0]?.stream.slice('batch:'.length));
    const steps = [
      ['release', 'release-batch', fons],
      ['export', 'export-batch', people.fien],
      ['hand-over', 'hand-over-batch', people.fien],
    ] as const;
    if (last === 'build') return no;
    for (const [step, name, actor] of steps) {
      accepted(await this.step(actor, name, { batch: no }));
      if (step === last) break;
    }
    return no;
  }

  async handOver(...codes: string[]): Promise<number> {
    await this.order(...codes);
    const no = await this.batch();
    await this.record.commands.recordHandOver(no);
    return no;
  }

  private step(
    actor: Actor,
    name: 'build-batch' | 'release-batch' | 'export-batch' | 'hand-over-batch',
    input: Record<string, unknown>,
  ): Promise<Outcome> {
    return this.batches.run({ id: `batch-${(this.given += 1)}`, name, actor, grant: null, input });
  }

  import(text: string, name?: string, actor: Actor = people.fien): Promise<Outcome> {
    const request = {
      id: `import-${(this.given += 1)}`,
      name: 'import-bank-file',
      actor,
      grant: null,
      input: {},
    } as const;
    return this.files.import(request, { source: bytesOf(text), ...(name === undefined ? {} : { name }) });
  }

  /** Imports and applies; the number of the file. */
  async answer(text: string): Promise<number> {
    const { events } = accepted(await this.import(text));
    const no = Number(events[0]?.stream.slice('bank-file:'.length));
    await this.files.apply(no);
    return no;
  }

  decide(
    name: 'assign-bank-entry' | 'dismiss-bank-entry',
    input: Record<string, unknown>,
    actor: Actor = people.fien,
  ): Promise<Outcome> {
    return this.files.run({ id: `decide-${(this.given += 1)}`, name, actor, grant: null, input });
  }

  entries(file?: number): Promise<EntryRow[]> {
    return this.record.source.query(
      `SELECT bank_file AS file, no, answer, status, because, payout FROM bank_entries
        WHERE $1::int IS NULL OR bank_file = $1 ORDER BY bank_file, no`,
      [file ?? null],
    );
  }

  async payouts(): Promise<Record<string, string>> {
    const rows: { id: string; status: string }[] = await this.record.source.query(
      'SELECT end_to_end_id AS id, status FROM payouts ORDER BY 1',
    );
    return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
  }

  stop(): Promise<void> {
    return this.record.stop();
  }
}

/** A payment of `order`, as its bank tells of it. */
export function paid(code: string, given: Partial<AnsweredPayment> = {}): AnsweredPayment {
  return {
    endToEndId: `${code}-1-1`,
    amountCents: 100_000n,
    iban: 'BE68539007547034',
    name: 'Stad Antwerpen',
    ...given,
  };
}

export function accepted(outcome: Outcome): Extract<Outcome, { accepted: true }> {
  if (!outcome.accepted) throw new Error(JSON.stringify(outcome.refused));
  return outcome;
}

export function refused(outcome: Outcome) {
  if (outcome.accepted) throw new Error('it was accepted');
  return outcome.refused;
}
