// Arbitrary plans and command sequences for the property tests of the rules. A step names no command: it
// holds numbers that pick one from what the grant invites at that moment, or anything at all by anyone.
import { payeeCheckResults } from '#domain/account.js';
import { commandNames, shapeOf } from '#domain/commands.js';
import type { CommandName } from '#domain/commands.js';
import { isGrantCommand } from '#domain/decide.js';
import type { Plan, PlannedEvaluation, PlannedReport, PlannedTranche, TrancheAmount } from '#domain/plan.js';
import { codesOfReport } from '#domain/plan.js';
import { isBlocked } from '#domain/usable-account.js';
import fc from 'fast-check';

import {
  Stage,
  atStart,
  euros,
  examplePlan,
  ibans,
  people,
  percent,
  report,
  requires,
  tranche,
} from './domain-fixture.js';
import type { PersonId, StageOptions } from './domain-fixture.js';

/** One step: how far the clock moves, and numbers that pick a command, its person and its fields. */
export interface Step {
  readonly hours: number;
  readonly wild: boolean;
  readonly pick: number;
  readonly who: number;
  readonly value: number;
}

export interface Script {
  readonly options: StageOptions;
  readonly steps: readonly Step[];
}

interface Offer {
  readonly by: PersonId;
  readonly name: CommandName;
  readonly input: Readonly<Record<string, unknown>>;
}

const hour = 3_600_000;

const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  hours: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 72 }) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 24 * 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 24 * 400 }) },
  ),
  wild: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  pick: fc.nat(1_000_000),
  who: fc.nat(1_000_000),
  value: fc.nat(1_000_000),
});

const reportsArbitrary: fc.Arbitrary<readonly PlannedReport[]> = fc.constantFrom(
  [report('interim', { due: { kind: 'date', on: '2023-08-31' } }), report('final', {})],
  [
    report('interim', {
      due: { kind: 'relative', on: 'grant-start', sign: 1, period: 'P6M' },
      escalate: null,
    }),
    report('final', {
      reminders: { before: ['P14D', 'P2W', 'P0D'], after: ['P0D', 'P1D'], at: '02:30' },
    }),
  ],
  [
    report('annual', { due: { kind: 'yearly', on: '03-31', from: 2022, to: 2024 } }),
    report('final', { due: { kind: 'relative', on: 'grant-end', sign: -1, period: 'P1M' } }),
  ],
  [report('final', { due: { kind: 'date', on: '2022-12-01' } })],
);

const amountsArbitrary: fc.Arbitrary<readonly TrancheAmount[]> = fc.constantFrom<
  (readonly TrancheAmount[])[]
>(
  [percent(40), percent(40), { kind: 'remainder' } as const],
  [percent(33.3333), percent(33.3333), percent(33.3334)],
  [euros(1000.01), percent(0.0001), { kind: 'remainder' } as const],
  [percent(60), { kind: 'remainder' } as const],
  [percent(100), { kind: 'remainder' } as const],
  [{ kind: 'remainder' } as const],
);

const planArbitrary: fc.Arbitrary<Plan> = fc
  .record({
    reports: reportsArbitrary,
    amounts: amountsArbitrary,
    gates: fc.array(fc.array(fc.nat(1000), { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
    dues: fc.array(fc.nat(3), { minLength: 3, maxLength: 3 }),
    windows: fc.boolean(),
    settles: fc.constantFrom(true, true, false),
    fourEyes: fc.boolean(),
    above: fc.constantFrom(null, 5_000_00n),
    coolingOff: fc.constantFrom(null, 'P3D', 'P1M'),
  })
  .map(({ reports, amounts, gates, dues, windows, settles, fourEyes, above, coolingOff }) => {
    const codes = reports.flatMap(codesOfReport).filter((code) => code !== 'annual-2022');
    const evaluations = codes.slice(-2).map((code, index): PlannedEvaluation => {
      const window = windows && index === 0 ? { from: '2023-10-01', to: '2023-12-31' } : null;
      return { code: `e-${code}`, report: code, window, questions: [] };
    });
    const conditions = [
      ...codes.map((code) => `report:${code}`),
      ...evaluations.flatMap(({ code }) => [`evaluation:${code}`, `evaluation:${code}`]),
      'document:accounts',
      'approval:minister',
    ];
    const last = amounts.length;
    const tranches = amounts.map((amount, index): PlannedTranche => {
      const no = index + 1;
      const possible = index === 0 ? conditions : [...conditions, `tranche:${index}`];
      const picked = (gates[index] ?? []).map((n) => possible[n % possible.length] as string);
      const gate = index === 0 ? picked.slice(0, 1) : picked;
      const due = dueOf(dues[index] ?? 0);
      const part = { amount, requires: requires(...new Set(gate)), settles: settles && no === last };
      return tranche(no, due === null ? part : { ...part, due });
    });
    const approval = { fourEyes, secondApproverAboveCents: above, coolingOff };
    return { ...examplePlan, reports, evaluations, tranches, approval };
  });

function dueOf(n: number): PlannedTranche['due'] | null {
  if (n === 0) return atStart;
  if (n === 1) return { kind: 'date', on: '2023-11-15' };
  return null;
}

export const scriptArbitrary: fc.Arbitrary<Script> = fc.record({
  options: fc.record({
    plan: planArbitrary,
    amount: fc.constantFrom('56000.00', '10000.01', '1000.99', '2500.00'),
    account: fc.constantFrom('verified', 'verified', 'verified', 'unverified', 'none'),
    at: fc.constantFrom('2022-12-15T10:00', '2023-02-01T09:00', '2023-03-25T23:30'),
  }),
  steps: fc.array(stepArbitrary, { minLength: 30, maxLength: 70 }),
});

/** The instant at which a step begins. */
export function later(stage: Stage, { hours }: Step): string {
  return new Date(new Date(stage.now).getTime() + hours * hour).toISOString();
}

/** The command a step comes to on this stage. */
export function offerOf(stage: Stage, step: Step): Offer {
  if (step.wild) return wildOffer(stage, step);
  const offers = invited(stage, step);
  return offers[step.pick % offers.length] as Offer;
}

function wildOffer(stage: Stage, { pick, who, value }: Step): Offer {
  const ids = Object.keys(people).filter((id) => id !== 'system') as PersonId[];
  const by = ids[who % ids.length] as PersonId;
  const names = commandNames.filter((name) => isGrantCommand(name) || shapeOf(name).on === 'beneficiary');
  const name = names[pick % names.length] as CommandName;
  const { reports, evaluations } = stage.grant;
  const all: Record<string, unknown> = {
    tranche: 1 + (value % 4),
    report: reports[value % (reports.length + 1)]?.code ?? 'annual-2022',
    evaluation: evaluations[value % (evaluations.length + 1)]?.code ?? 'none',
    recovery: 1 + (value % 2),
    name: value % 2 === 0 ? 'accounts' : 'minister',
    outcome: ['favourable', 'unfavourable'][value % 2],
    amount: `${value % 900}.01`,
    until: dayAfterNow(stage, (value % 60) - 10),
    resubmitBy: dayAfterNow(stage, (value % 60) - 10),
    iban: ibans[value % 3],
    ...validityOf(stage, value),
    result: payeeCheckResults[value % 4],
    handler: 'an',
    decision: { reference: 'B1', date: '2023-01-01' },
    evidence: 'ledger',
    reason: 'because',
  };
  const takes = fieldsOf(name);
  return { by, name, input: Object.fromEntries(Object.entries(all).filter(([key]) => takes.has(key))) };
}

const wildFields: Partial<Record<CommandName, readonly string[]>> = {
  'extend-deadline': ['report', 'until', 'reason'],
  'ask-extension': ['report', 'until', 'reason'],
  'return-report': ['report', 'resubmitBy', 'reason'],
  'recommend-evaluation': ['evaluation', 'outcome', 'reason'],
  'decide-evaluation': ['evaluation', 'outcome', 'reason'],
  'reopen-evaluation': ['evaluation', 'reason'],
  'offset-recovery': ['recovery', 'tranche'],
  'mark-executed': ['tranche', 'evidence'],
  'settle-recovery': ['recovery', 'amount'],
  'notify-recovery': ['recovery'],
  'waive-recovery': ['recovery', 'reason'],
  'propose-recovery': ['amount', 'reason'],
  'receive-document': ['name'],
  'give-approval': ['name'],
  'assign-handler': ['handler'],
  'reopen-grant': ['decision', 'reason'],
  'change-account': ['iban', 'validFrom', 'validUntil'],
  'record-payee-check': ['result'],
  'verify-account': [],
  terminate: ['tranche', 'reason'],
  award: [],
};

function fieldsOf(name: CommandName): Set<string> {
  const named = wildFields[name];
  if (named !== undefined) return new Set(named);
  if (name.endsWith('-report') || name === 'refuse-extension')
    return new Set(name === 'submit-report' || name === 'accept-report' ? ['report'] : ['report', 'reason']);
  const bare = ['approve-tranche', 'order-payout', 'hand-over-payout', 'confirm-payout'];
  if (bare.includes(name)) return new Set(['tranche']);
  if (/-(tranche|approval|payout|unknown)$/.test(name)) return new Set(['tranche', 'reason']);
  return new Set(['reason']);
}

function dayAfterNow(stage: Stage, days: number): string {
  return new Date(new Date(stage.now).getTime() + days * 24 * hour).toISOString().slice(0, 10);
}

const reason = 'because';
/** An offer that is made `weight` times, so that it is picked as much more often. */
const times = (weight: number, by: PersonId, name: CommandName, input: Offer['input'] = {}): Offer[] =>
  Array.from({ length: weight }, () => ({ by, name, input }));

/** What the grant invites now: the commands its states allow, by someone who may, likelier ones more often. */
function invited(stage: Stage, step: Step): Offer[] {
  if (stage.grant.status === 'draft') return times(1, 'an', 'award');
  return [
    ...aboutGrant(stage, step),
    ...aboutReports(stage, step),
    ...aboutEvaluations(stage, step),
    ...aboutTranches(stage, step),
    ...aboutPayouts(stage),
    ...aboutRecoveries(stage, step),
  ];
}

function aboutGrant(stage: Stage, { value }: Step): Offer[] {
  const { status, receipts } = stage.grant;
  const account = stage.file.accounts.at(-1);
  const iban = ibans[value % 3];
  const entered = value % 2 === 0 ? 'stad' : 'omni';
  const decision = { reference: 'B1', date: '2023-01-01' };
  const offers = [
    ...times(account === undefined ? 6 : value % 4 === 0 ? 1 : 0, entered, 'change-account', {
      iban,
      ...validityOf(stage, value),
    }),
    ...times(value % 3 === 0 ? 1 : 0, 'fien', 'record-payee-check', { result: payeeCheckResults[value % 4] }),
    ...times(
      account !== undefined && isBlocked(account) ? 12 : 0,
      value % 5 === 0 ? 'omni' : 'fien',
      'override-payee-check',
      { reason },
    ),
    ...times(account?.verifiedBy === null ? 8 : 0, value % 5 === 0 ? 'omni' : 'fien', 'verify-account'),
    ...times(1, 'an', 'assign-handler', { handler: 'an' }),
  ];
  if (receipts.length < 2)
    offers.push(
      ...times(2, 'an', 'receive-document', { name: 'accounts' }),
      ...times(2, 'bart', 'give-approval', { name: 'minister' }),
    );
  if (status === 'suspended') offers.push(...times(8, 'an', 'resume'));
  if (status === 'active' || status === 'awarded')
    offers.push(...times(value % 3 === 0 ? 1 : 0, 'an', 'suspend', { reason, mute: value % 2 === 0 }));
  const spared = value % 2 === 0 ? {} : { tranche: stage.plan.tranches.length };
  if (value % 12 === 0) offers.push(...times(1, 'an', 'terminate', { reason, ...spared }));
  if (status === 'active') offers.push(...times(1, 'an', 'close'));
  if (status === 'closed' || status === 'terminated')
    offers.push(...times(2, 'an', 'reopen-grant', { decision, reason }));
  return offers;
}

/** Now and then an account that is not valid yet, or not for long. */
function validityOf(stage: Stage, value: number): { validFrom?: string; validUntil?: string } {
  if (value % 7 === 0) return { validUntil: dayAfterNow(stage, (value % 60) - 5) };
  return value % 5 === 0 ? { validFrom: dayAfterNow(stage, (value % 20) - 5) } : {};
}

function aboutReports(stage: Stage, { value }: Step): Offer[] {
  return stage.grant.reports.flatMap(({ code, status, request }) => {
    const until = dayAfterNow(stage, value % 90);
    const costs = `${(value % 40) * 700}.00`;
    switch (status) {
      case 'expected':
      case 'returned':
        return [
          ...times(6, 'stad', 'submit-report', { report: code, costs }),
          ...times(1, 'stad', 'ask-extension', { report: code, until, reason }),
          ...times(1, 'an', 'extend-deadline', { report: code, until, reason }),
          ...times(2, 'an', 'move-deadlines', {
            programme: 'REN',
            report: code,
            until,
            reason,
            moveWindows: value % 2 === 0,
          }),
          ...times(stage.moves.size > 0 ? 2 : 0, 'ada', 'undo-move', { reason }),
          ...times(request === null ? 0 : 2, 'an', 'refuse-extension', { report: code, reason }),
          ...times(value % 6 === 0 ? 1 : 0, 'an', 'waive-report', { report: code, reason }),
        ];
      case 'submitted':
        return [
          ...times(6, 'an', 'accept-report', { report: code, ...(value % 3 === 0 ? { costs } : {}) }),
          ...times(1, 'an', 'return-report', { report: code, resubmitBy: until, reason }),
        ];
      case 'accepted':
        return times(value % 3 === 0 ? 1 : 0, 'an', 'reopen-report', { report: code, reason });
      default:
        return [];
    }
  });
}

function aboutEvaluations(stage: Stage, { value, who }: Step): Offer[] {
  const share = [50, 0.0001, 99.9999, 75][value % 4];
  const judgements = [
    { outcome: 'favourable' },
    { outcome: 'favourable' },
    { outcome: 'partly-favourable', share },
    { outcome: 'partly-favourable', share },
    { outcome: 'unfavourable' },
  ];
  return stage.grant.evaluations.flatMap(({ code, status, decided }) => {
    const judgement = { evaluation: code, ...judgements[who % judgements.length], reason };
    const undo = decided?.outcome === 'unfavourable' ? 5 : 1;
    const reopened = times(undo, 'bart', 'reopen-evaluation', { evaluation: code, reason });
    const decider = value % 4 === 0 ? 'omni' : 'bart';
    if (status === 'open')
      return times(6, value % 3 === 0 ? 'omni' : 'els', 'recommend-evaluation', judgement);
    if (status === 'recommended') return [...times(6, decider, 'decide-evaluation', judgement), ...reopened];
    return status === 'decided' ? reopened : [];
  });
}

function aboutTranches(stage: Stage, { value, who }: Step): Offer[] {
  const approver = (['bart', 'bea', 'bea', 'omni'] as const)[who % 4] as PersonId;
  return stage.grant.tranches.flatMap(({ no, status, firstApproval }) => {
    const on = { tranche: no };
    const aside = [
      ...times(value % 3 === 0 ? 1 : 0, 'an', 'withhold-tranche', { ...on, reason }),
      ...times(value % 5 === 0 ? 1 : 0, 'an', 'cancel-tranche', { ...on, reason }),
    ];
    switch (status) {
      case 'planned':
        return [...times(1, 'bart', 'approve-tranche', on), ...aside];
      case 'payable':
        return [
          ...times(10, approver, 'approve-tranche', on),
          ...times(firstApproval === null ? 0 : 1, 'bart', 'withdraw-approval', on),
          ...aside,
        ];
      case 'approved':
        return [
          ...times(8, 'fien', 'order-payout', on),
          ...times(1, 'bea', 'withdraw-approval', on),
          ...aside,
        ];
      case 'withheld':
        return [...times(4, 'an', 'restore-tranche', on), ...aside];
      default:
        return aside;
    }
  });
}

function aboutPayouts(stage: Stage): Offer[] {
  return stage.grant.payouts.flatMap(({ tranche: no, status, executed }) => {
    const on = { tranche: no };
    switch (status) {
      case 'ordered':
        return [
          ...times(4, 'fien', 'hand-over-payout', on),
          ...times(4, 'fien', 'confirm-payout', on),
          ...times(2, 'fien', 'mark-executed', { ...on, evidence: 'ledger' }),
          ...times(executed === null ? 0 : 4, 'omni', 'mark-executed', on),
          ...times(1, 'fien', 'reject-payout', on),
        ];
      case 'handed-over':
      case 'unknown':
        return [
          ...times(6, 'fien', 'confirm-payout', on),
          ...times(1, 'fien', 'mark-unknown', on),
          ...times(1, 'fien', 'reject-payout', on),
        ];
      case 'settled':
        return times(1, 'fien', 'return-payout', on);
      default:
        return [];
    }
  });
}

function aboutRecoveries(stage: Stage, { value }: Step): Offer[] {
  const few = stage.grant.recoveries.length < 3 ? 3 : 0;
  const proposed = times(few, 'an', 'propose-recovery', { amount: `${1 + (value % 900)}.50`, reason });
  const waiting = stage.grant.tranches.find(({ status }) => status === 'planned');
  const offers = stage.grant.recoveries.flatMap(({ no, status }) => {
    const on = { recovery: no };
    const part = value % 2 === 0 ? {} : { amount: `${1 + (value % 700)}.00` };
    if (status === 'proposed')
      return [
        ...times(3, 'an', 'notify-recovery', on),
        ...times(1, 'bart', 'waive-recovery', { ...on, reason }),
      ];
    if (status !== 'notified') return [];
    return [
      ...times(2, 'fien', 'settle-recovery', { ...on, ...part }),
      ...times(3, 'an', 'offset-recovery', { ...on, tranche: waiting?.no ?? 1 + (value % 3), ...part }),
      ...times(1, 'bart', 'waive-recovery', { ...on, reason }),
    ];
  });
  const paid = stage.grant.payouts.some(({ status }) => status === 'settled');
  return paid ? [...proposed, ...offers] : offers;
}
