import { accountFactsFrom, accountFrom } from '#persistence/account-fields.js';
import type { AccountFactsFields, AccountFields } from '#persistence/account-fields.js';
import { parsePlan } from '#domain/plan-document.js';
import type { Plan } from '#domain/plan.js';
import { heldBecause } from '#domain/payout.js';
import { accountFactsOf, isUsable } from '#domain/usable-account.js';
import { sepaPayments } from '#finance/sepa-payments.js';
import { verifyRecord } from '#lifecycle/verify-record.js';
import { BeneficiaryView } from '#persistence/views/beneficiary.view.js';
import { GrantView } from '#persistence/views/grant.view.js';
import { PayoutView } from '#persistence/views/payout.view.js';
import { accountUsable } from '#persistence/views/sql-text.js';
import { type RecordUnderTest, people, startRecord, twoTranchePlan } from '../support/record.js';

const plan = { ...twoTranchePlan, approval: { coolingOff: 'P3D' } };
const other = 'BE43068999999501';
const reason = 'because';
let record: RecordUnderTest;
beforeAll(async () => {
  record = await startRecord(plan);
}, 60_000);
afterAll(() => record?.stop());

const local = (moment: string): string => `${moment}:00.000+01:00`;
const onAccount = async (
  who: keyof typeof people,
  name: 'change-account' | 'verify-account' | 'record-payee-check' | 'override-payee-check',
  input: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const outcome = await record.give(people[who], name, 'REN-1', input);
  return outcome.accepted ? outcome.events.map(({ type }) => type).join(' ') : outcome.refused.code;
};

/** Lays what follows from the account, as the service does after each of its events. */
const reassess = (): Promise<void> => record.commands.reassessGrantsOf('antwerpen', 'reassess');
const statusOf = async (no: number): Promise<string | undefined> => {
  const [row]: { status: string }[] = await record.source.query(
    `SELECT status FROM tranches WHERE grant_code = 'REN-1' AND no = $1`,
    [no],
  );
  return row?.status;
};
const violations = async () => (await verifyRecord(record.source, () => [], sepaPayments)).violations;
/** Why the one payout is held: by the list, and by the rules over its grant. */
const held = async (): Promise<string | null> => {
  const [listed] = (await new PayoutView(record.source).list({ of: null }, { limit: 5, after: null })).items;
  const file = await new GrantView(record.source).file('REN-1', null);
  const payout = file?.grant.payouts.at(-1);
  if (listed === undefined || file == null || payout === undefined) throw new Error('there is no payout');
  expect(listed.held).toBe(heldBecause(file.grant, payout, file.facts));
  return listed.held;
};

describe('an account that replaces another', () => {
  beforeAll(() => record.award('REN-1'));

  it('is kept and shown with all that is known of it, and its rows are the fold of its events', async () => {
    const address = { street: 'Kerkstraat', number: '1', postCode: '2000', town: 'Antwerpen', country: 'BE' };
    const known = { holder: 'Stad, dienst <Financiën>', address, validUntil: '2023-06-30' };
    await record.standAt(local('2023-01-09T10:00'));
    expect(await onAccount('an', 'change-account', { iban: other, ...known })).toBe('account.changed');
    await record.standAt(local('2023-01-09T11:00'));
    expect(await onAccount('fien', 'record-payee-check', { result: 'no-match' })).toBe(
      'account.payee-checked',
    );
    expect(await onAccount('fien', 'verify-account')).toBe('account-not-verified');
    expect(await onAccount('an', 'override-payee-check', { reason })).toBe('four-eyes');
    expect(await onAccount('fien', 'override-payee-check', { reason })).toBe(
      'account.payee-check-overridden',
    );
    const view = new BeneficiaryView(record.source);
    const shown = (await view.one('antwerpen', null))?.accounts;
    expect(shown).toHaveLength(2);
    expect(shown?.[0]).toMatchObject({ holder: 'Stad Antwerpen', address: null, payeeCheck: null });
    const at = '2023-01-09T10:00:00.000Z';
    expect(shown?.[1]).toEqual({
      version: 2,
      iban: other,
      ...known,
      validFrom: null,
      enteredBy: 'an',
      enteredAt: '2023-01-09T09:00:00.000Z',
      verifiedBy: null,
      verifiedAt: null,
      payeeCheck: { result: 'no-match', suggested: null, by: 'fien', at },
      override: { by: 'fien', at, reason },
    });
    expect(await violations()).toEqual([]);
  });

  it('wakes its grants when its cooling-off is over: verified earlier, payable then', async () => {
    expect(await onAccount('fien', 'verify-account')).toBe('account.verified');
    await reassess();
    expect(await statusOf(1)).toBe('planned');
    const [{ due } = { due: null }]: { due: Date | null }[] = await record.source.query(
      `SELECT next_due_at AS due FROM grants WHERE code = 'REN-1'`,
    );
    expect(due?.toISOString()).toBe('2023-01-11T23:00:00.000Z');
    await record.standAt(local('2023-01-11T23:59'));
    expect(await record.commands.sweepDue(10)).toMatchObject({ grants: 0 });
    await record.standAt(local('2023-01-12T00:00'));
    expect(await record.commands.sweepDue(10)).toMatchObject({ grants: 1 });
    expect(await statusOf(1)).toBe('payable');
    expect(await violations()).toEqual([]);
  });

  it('holds its payout, in lists as by the rules, whatever comes to block it', async () => {
    await record.give(people.bart, 'approve-tranche', 'REN-1', { tranche: 1 });
    await record.give(people.fien, 'order-payout', 'REN-1', { tranche: 1 });
    expect(await held()).toBeNull();
    expect(await onAccount('fien', 'record-payee-check', { result: 'no-match' })).toContain('payee-checked');
    expect(await held()).toBe('account-not-verified');
    expect(await onAccount('fien', 'record-payee-check', { result: 'match' })).toContain('payee-checked');
    expect(await held()).toBeNull();
    // Its last valid day, the day after it, and a day on which it still cooled off.
    await record.standAt('2023-06-30T21:59:59.999Z');
    expect(await held()).toBeNull();
    await record.standAt('2023-06-30T22:00:00.000Z');
    expect(await held()).toBe('account-not-verified');
    await record.standAt(local('2023-01-11T23:59'));
    expect(await held()).toBe('account-not-verified');
    await record.standAt(local('2023-01-12T12:00'));
    await record.give(people.fien, 'hand-over-payout', 'REN-1', { tranche: 1 });
    expect(await violations()).toEqual([]);
  });

  it('keeps no account number of a refused command, in whatever field it was written', async () => {
    const address = { street: other, town: 'Antwerpen', country: 'BE' };
    const input = { iban: other, holder: 'BE43 0689 9999 9501', address, validUntil: 'never' };
    expect(await onAccount('an', 'change-account', input)).toBe('invalid');
    const [{ input: kept } = { input: '' }]: { input: string }[] = await record.source.query(
      'SELECT input::text AS input FROM refusals ORDER BY id DESC LIMIT 1',
    );
    expect(kept).toContain('never');
    expect(kept.replaceAll(' ', '')).not.toContain('9999');
  });

  it.each([
    ['its payee check', `payee_check = 'not-possible'`],
    ['its holder', `holder = 'Iemand anders'`],
    ['its validity', `valid_until = '2030-01-01'`],
    ['when it was entered', `entered_at = '2022-01-01T00:00:00Z'`],
  ])('that was changed behind the events in %s is found (I6)', async (_, change) => {
    await record.owner.query('CREATE TABLE kept AS SELECT * FROM accounts');
    await record.owner.query(`UPDATE accounts SET ${change} WHERE version = 2`);
    expect(await violations()).toContainEqual(
      expect.objectContaining({ invariant: 'I6', stream: 'beneficiary:antwerpen' }),
    );
    await record.owner.query(
      'DELETE FROM accounts; INSERT INTO accounts SELECT * FROM kept; DROP TABLE kept',
    );
  });
});

describe('usable in SQL', () => {
  const each = <T, U>(some: readonly T[], make: (one: T) => readonly U[]): U[] => some.flatMap(make);
  const verified = { verified_by: 'fien', verified_at: '2024-01-31T12:00:00Z' };
  const noMatch = {
    payee_check: 'no-match',
    payee_checked_by: 'fien',
    payee_checked_at: '2024-01-31T12:00:00Z',
  };
  const overridden = { overridden_by: 'fien', overridden_at: '2024-01-31T12:00:00Z', override_reason: 'x' };
  /** Every account that may stand there, as rows. */
  const accounts = each([1, 2], (version) =>
    each(['an', 'system'], (entered_by) =>
      each(['2024-01-31T10:00:00Z', '2024-01-31T23:30:00Z', '2024-03-30T23:30:00Z'], (entered_at) =>
        each([{}, verified], (verification) =>
          each([{}, { ...noMatch, payee_check: 'match' }, noMatch, { ...noMatch, ...overridden }], (check) =>
            each([{}, { valid_from: '2024-02-29' }, { valid_until: '2024-02-29' }], (validity) => [
              { version, entered_by, entered_at, ...verification, ...check, ...validity, iban: other },
            ]),
          ),
        ),
      ),
    ),
  );
  const moments = each(['2024-02-03', '2024-02-29', '2024-03-01', '2024-04-02'], (day) => [
    `${day}T00:00:00.000Z`,
    `${day}T22:30:00.000Z`,
    `${day}T23:00:00.000Z`,
  ]);

  it.each([undefined, 'P3D', 'P1M', 'P1W2D'])(
    'is what the rules say of every account, with a cooling-off of %s',
    async (coolingOff) => {
      for (const timeZone of ['Europe/Brussels', 'America/New_York']) {
        const document = {
          ...twoTranchePlan,
          timeZone,
          ...(coolingOff === undefined ? {} : { approval: { coolingOff } }),
        };
        const read = parsePlan(document) as { plan: Plan };
        for (const now of moments) {
          await record.standAt(now);
          const rows: { usable: boolean; facts: AccountFactsFields; file: AccountFields }[] =
            await record.source.query(
              `SELECT ${accountUsable} AS usable, account_facts(a) AS facts, account_file(a) AS file
                 FROM jsonb_populate_recordset(NULL::accounts, $1) a, (SELECT $2::jsonb AS document) v`,
              [JSON.stringify(accounts), JSON.stringify(document)],
            );
          expect(rows).toHaveLength(accounts.length);
          for (const { usable, facts, file } of rows) {
            const byFile = accountFactsOf(accountFrom(file));
            expect(accountFactsFrom(facts)).toEqual(byFile);
            if (usable !== isUsable(byFile, read.plan, now))
              throw new Error(
                `${now} ${timeZone}: ${JSON.stringify(file)} is ${usable ? '' : 'not '}usable in SQL`,
              );
          }
        }
      }
    },
  );

  it('is no account where there is none', async () => {
    const [row]: { usable: boolean }[] = await record.source.query(
      `SELECT ${accountUsable} AS usable FROM (SELECT '{}'::jsonb AS document) v LEFT JOIN accounts a ON false`,
    );
    expect(row?.usable).toBe(false);
  });
});
