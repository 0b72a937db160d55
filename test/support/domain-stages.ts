// Stages of the example grant that many specs begin from.
import { Stage, examplePlan, requires, tranche } from './domain-fixture.js';
import type { StageOptions } from './domain-fixture.js';

export const reason = 'because';
export const decision = { reference: 'VR 2025 0110 DOC.1', date: '2025-01-10' };

/** Awarded on 15 December 2022, to start on 1 January 2023. */
export const awarded = (options: StageOptions = {}): Stage => new Stage(options).must('an', 'award');

/** On 2 January 2023: active, tranche 1 payable. */
export const active = (options: StageOptions = {}): Stage => awarded(options).at('2023-01-02T09:00');

/** Tranche 1 (22,400.00) paid. */
export const firstPaid = (options: StageOptions = {}): Stage => active(options).paid(1);

/** On 4 March 2024: the interim report accepted, its evaluation open. */
export const evaluationOpen = (options: StageOptions = {}): Stage =>
  firstPaid(options)
    .at('2024-03-04T10:00')
    .must('stad', 'submit-report', { report: 'interim', costs: '22000.00' })
    .must('an', 'accept-report', { report: 'interim' });

/** The interim evaluation decided, favourably unless said otherwise; by els and bart. */
export const interimJudged = (
  outcome: Readonly<Record<string, unknown>> = {},
  options: StageOptions = {},
): Stage => evaluationOpen(options).judged('interim', outcome);

/** On 15 January 2025, tranches 1 and 2 paid: everything the last gate asks, but for the final evaluation. */
export const beforeSettlement = (costs = '34000.00', options: StageOptions = {}): Stage =>
  interimJudged({}, options)
    .paid(2)
    .at('2025-01-15T10:00')
    .must('an', 'receive-document', { name: 'accounts' })
    .must('bart', 'give-approval', { name: 'minister' })
    .must('stad', 'submit-report', { report: 'final', costs })
    .must('an', 'accept-report', { report: 'final' });

/** The last gate open, and so the last tranche settled. */
export const settled = (costs = '34000.00', options: StageOptions = {}): Stage =>
  beforeSettlement(costs, options).judged('final');

export const closed = (): Stage => settled().paid(3).must('an', 'close');

/** One tranche of the whole award that waits for a document. */
export const permitPlan = {
  ...examplePlan,
  tranches: [tranche(1, { requires: requires('document:permit') })],
  reports: [],
  evaluations: [],
};
