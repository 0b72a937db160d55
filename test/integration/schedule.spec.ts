// The schedule in SQL against the rule in the domain, grant by grant: random lives under random plans, as they
// stand after any of their commands, looked at on many days.
import fc from 'fast-check';

import { expectedPayments } from '#domain/forecast.js';
import { formatAmount } from '#domain/money.js';
import type { Grant } from '#domain/grant.js';
import type { Plan, PlannedTranche } from '#domain/plan.js';
import { accountFactsOf } from '#domain/usable-account.js';
import { inTransaction } from '#persistence/client.js';
import { GrantChanges } from '#persistence/grant-changes.js';
import { accountRow } from '#persistence/grant-rows.js';
import { CommitmentView } from '#persistence/views/commitment.view.js';
import { type ScheduleListed, ScheduleView } from '#persistence/views/schedule.view.js';

import { Stage, report, requires, tranche } from '../support/domain-fixture.js';
import { type Script, later, offerOf, scriptArbitrary } from '../support/domain-scripts.js';
import { writePlan } from '../support/plan-writer.js';
import { type RecordUnderTest, startRecord } from '../support/record.js';

const lives = 240;
const seed = Number(process.env['SEED'] ?? 20_240_228);

/** A grant as it stood once in a random life, in the record under a code of its own. */
interface Kept {
  readonly stage: Stage;
  readonly grant: Grant;
}

let record: RecordUnderTest;
let kept: readonly Kept[];
let schedule: ScheduleView;
let commitments: CommitmentView;

beforeAll(async () => {
  process.stdout.write(`schedule: seed ${seed}, ${lives} lives\n`);
  record = await startRecord();
  kept = fc.sample(scriptArbitrary, { numRuns: lives, seed }).map(liveOne);
  await keep(kept);
  schedule = new ScheduleView(record.source);
  commitments = new CommitmentView(record.source);
}, 120_000);
afterAll(() => record?.stop());

const all = { of: null };

async function scheduled(filter: Parameters<ScheduleView['stream']>[0] = all): Promise<ScheduleListed[]> {
  const rows: ScheduleListed[] = [];
  for await (const chunk of schedule.stream(filter)) rows.push(...chunk);
  return rows;
}

/** What the domain says of every grant, as the schedule lists it. */
function derived(now: string): ScheduleListed[] {
  const rows = kept.flatMap(({ stage, grant }) => {
    const account = stage.file.accounts.at(-1);
    const facts = { plan: stage.plan, account: account === undefined ? null : accountFactsOf(account), now };
    return expectedPayments(grant, facts).map((payment): ScheduleListed => ({
      month: payment.expectedOn?.slice(0, 7) ?? null,
      expectedOn: payment.expectedOn,
      certain: payment.certain,
      upTo: payment.upTo,
      grant: grant.code,
      tranche: payment.tranche,
      programme: grant.programme,
      beneficiary: grant.beneficiary,
      beneficiaryName: `City ${grant.beneficiary}`,
      amount: formatAmount(payment.amountCents),
      status: payment.status,
      waitsFor: payment.waitsFor,
    }));
  });
  const key = (row: ScheduleListed): string =>
    `${row.expectedOn ?? '2999-12-31'} ${row.grant.padEnd(9)} ${row.tranche}`;
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const moments = [
  '2022-12-20T10:00:00.000Z',
  '2023-06-30T21:59:59.999Z',
  '2023-06-30T22:00:00.000Z',
  '2023-10-31T11:30:00.000Z',
  '2024-02-29T23:30:00.000Z',
  '2025-03-01T08:00:00.000Z',
  '2031-01-31T12:00:00.000Z',
];

describe('the schedule and the rule agree', () => {
  it.each(moments)('on every tranche at %s', async (now) => {
    await record.standAt(now);
    expect(await scheduled()).toEqual(derived(now));
  });

  it('on lives in which everything came up', () => {
    const rows = moments.flatMap(derived);
    const of = (pick: (row: ScheduleListed) => unknown): Set<unknown> => new Set(rows.map(pick));
    const states = ['planned', 'withheld', 'payable', 'approved', 'ordered', 'handed-over', 'unknown'];
    expect(of(({ status }) => status)).toEqual(new Set(states));
    expect(of(({ certain, expectedOn }) => `${certain} ${expectedOn !== null}`).size).toBe(3);
    expect(of(({ upTo }) => upTo).size).toBe(2);
    const kinds = rows.flatMap(({ waitsFor }) => waitsFor.map((text) => text.split(':')[0]));
    expect(new Set(kinds)).toEqual(new Set(['report', 'evaluation', 'tranche', 'document', 'approval']));
    expect(new Set(kept.map(({ grant }) => grant.status)).size).toBeGreaterThanOrEqual(5);
  });

  it('by every filter, and page by page', async () => {
    await record.standAt(moments[3] as string);
    const rows = await scheduled();
    const [{ programme, beneficiary }] = rows as [ScheduleListed];
    expect(await scheduled({ of: null, programme })).toEqual(
      rows.filter((row) => row.programme === programme),
    );
    expect(await scheduled({ of: beneficiary })).toEqual(
      rows.filter((row) => row.beneficiary === beneficiary),
    );
    expect(await scheduled({ of: beneficiary, beneficiary: 'another' })).toEqual([]);
    const [from, to] = ['2023-11-15', '2024-12-31'];
    const within = rows.filter(
      ({ expectedOn }) => expectedOn !== null && expectedOn >= from && expectedOn <= to,
    );
    expect(within.length).toBeGreaterThan(0);
    expect(await scheduled({ ...all, from, to })).toEqual(within);
    const paged: ScheduleListed[] = [];
    for (let after: readonly string[] | null = null; ;) {
      const { items, next } = await schedule.list(all, { after, limit: 37 });
      paged.push(...items);
      if (next === null) break;
      after = next;
    }
    expect(paged).toEqual(rows);
  });
});

describe('the forecast', () => {
  it.each(['month', 'programme', 'beneficiary'] as const)('makes the same sums by %s', async (by) => {
    await record.standAt(moments[3] as string);
    const sums = new Map<string, { certain: bigint; expected: bigint; counts: [number, number] }>();
    for (const row of await scheduled()) {
      const key = [row.month ?? 'undated', ...(by === 'month' ? [] : [row[by]])].join(' ');
      const sum = sums.get(key) ?? { certain: 0n, expected: 0n, counts: [0, 0] };
      sum[row.certain ? 'certain' : 'expected'] += BigInt(row.amount.replace('.', ''));
      sum.counts[row.certain ? 0 : 1] += 1;
      sums.set(key, sum);
    }
    const listed = [];
    for await (const chunk of schedule.streamForecast(all, by)) listed.push(...chunk);
    const keys = listed.map((row) =>
      [row.month ?? 'undated', ...(by === 'month' ? [] : [row[by]])].join(' '),
    );
    expect(keys).toEqual([...keys].sort());
    expect(new Set(keys)).toEqual(new Set(sums.keys()));
    listed.forEach((row, index) => {
      const sum = sums.get(keys[index] as string);
      expect([row.certain, row.expected]).toEqual(
        [sum?.certain, sum?.expected].map((c) => formatAmount(c ?? 0n)),
      );
      expect([row.certainCount, row.expectedCount]).toEqual(sum?.counts);
    });
    const { items, next } = await schedule.forecast(all, by, { after: null, limit: 2 });
    expect(items).toEqual(listed.slice(0, 2));
    expect((await schedule.forecast(all, by, { after: next, limit: 200 })).items).toEqual(
      listed.slice(2, 202),
    );
  });

  it('leaves no cent of the open commitments out', async () => {
    const open = new Map<string, bigint>();
    for (const { grant, amount } of await scheduled())
      open.set(grant, (open.get(grant) ?? 0n) + BigInt(amount.replace('.', '')));
    const committed: [string, string][] = [];
    for await (const chunk of commitments.stream(all))
      committed.push(...chunk.map((row): [string, string] => [row.grant, row.open]));
    const sorted = [...open].filter(([, cents]) => cents > 0n).sort(([a], [b]) => (a < b ? -1 : 1));
    expect(committed).toEqual(sorted.map(([grant, cents]) => [grant, formatAmount(cents)]));
  });
});

/** A life by the script, under its plan or one that makes dates harder, up to some command of it. */
function liveOne(script: Script, index: number): Kept {
  const plan = hardened(script.options.plan as Plan, index);
  const stage = new Stage({ ...script.options, plan });
  const steps = script.steps.slice(0, 1 + ((index * 7) % script.steps.length));
  for (const step of steps) {
    stage.sweepTo(later(stage, step));
    const { by, name, input } = offerOf(stage, step);
    stage.give(by, name, input);
  }
  // Rare in a random life: of some payouts nobody knows what became.
  const atBank = stage.grant.payouts.filter(({ status }) => status === 'handed-over' && index % 2 === 0);
  for (const payout of atBank) stage.must('fien', 'mark-unknown', { tranche: payout.tranche });
  return { stage, grant: named(stage.grant, index) };
}

const periods = [null, 'P30D', 'P1M', 'P1Y2M10D'] as const;
const rules = ['same-date', 'day-before-ordinal', 'month-end-sticky'] as const;

function hardened(plan: Plan, index: number): Plan {
  const harder = index % 5 === 0 ? ladder(plan) : plan;
  const tranches = harder.tranches.map((planned): PlannedTranche => {
    const { due } = planned;
    const period = periods[(index + planned.no) % periods.length] ?? null;
    return due.kind === 'relative' && due.on === 'gate' ? { ...planned, due: { ...due, period } } : planned;
  });
  const timeZone = (['Europe/Brussels', 'Pacific/Kiritimati', 'America/New_York'] as const)[index % 3] ?? '';
  const monthRule = rules[index % rules.length] ?? 'same-date';
  const coolingOff = index % 4 === 0 ? 'P1M' : null;
  return { ...harder, tranches, timeZone, monthRule, approval: { ...harder.approval, coolingOff } };
}

/** Six tranches that wait for others in many ways, the later numbers not always for the earlier ones. */
function ladder(plan: Plan): Plan {
  const share = { kind: 'share', share: 150_000 } as const;
  const gates = [
    ['tranche:4'],
    ['report:final'],
    ['tranche:2', 'tranche:1'],
    [],
    ['tranche:3', 'document:accounts'],
  ];
  const tranches = gates.map((gate, index) =>
    tranche(index + 1, { amount: share, requires: requires(...gate) }),
  );
  const last = tranche(6, { settles: true, requires: requires('tranche:5') });
  return { ...plan, tranches: [...tranches, last], reports: [report('final', {})], evaluations: [] };
}

function named(grant: Grant, index: number): Grant {
  const code = `LIFE-${index}`;
  const payouts = grant.payouts.map((payout) => ({
    ...payout,
    endToEndId: `${code}-${payout.tranche}-${payout.attempt}`,
  }));
  return { ...grant, code, payouts, programme: `P${index}`, planVersion: 1, beneficiary: `b${index}` };
}

async function keep(lived: readonly Kept[]): Promise<void> {
  const on = JSON.stringify(
    lived.map(({ stage, grant }) => ({
      programme: grant.programme,
      beneficiary: grant.beneficiary,
      document: writePlan(stage.plan),
    })),
  );
  const rows = `json_to_recordset($1::json) AS l (programme text, beneficiary text, document jsonb)`;
  await record.owner.query(
    `INSERT INTO programmes (code, title, created_at) SELECT l.programme, l.programme, now() FROM ${rows}`,
    [on],
  );
  await record.owner.query(
    `INSERT INTO plan_versions SELECT l.programme, 1, l.document, 'an', now() FROM ${rows}`,
    [on],
  );
  await record.owner.query(
    `INSERT INTO beneficiaries (id, name, kbo, created_at)
     SELECT l.beneficiary, 'City ' || l.beneficiary, '0207500123', now() FROM ${rows}`,
    [on],
  );
  const accounts = lived.flatMap(({ stage, grant }) =>
    stage.file.accounts.map((account) => accountRow(grant.beneficiary, account)),
  );
  await record.owner.query(
    'INSERT INTO accounts SELECT * FROM json_populate_recordset(NULL::accounts, $1::json)',
    [JSON.stringify(accounts)],
  );
  await inTransaction(record.source, async (client) => {
    const changes = new GrantChanges();
    for (const { grant } of lived) changes.grant(null, grant, '00'.repeat(32), null);
    await changes.write(client);
  });
}
