import { civilDateOf } from './civil-date.js';
import type { Decide } from './decision.js';
import { missingThing, reasonRequired } from './decision.js';
import { sparedReports } from './spared.js';
import { by } from './facts.js';
import type { Decision, Facts } from './facts.js';
import { settlementRecovery } from './consequences.js';
import type { Grant, Report, ReportStatus, Tranche } from './grant.js';
import { findReport, livePayout, reportMachine } from './grant.js';
import { allows, statesAllowing } from './machine.js';
import type { Machine } from './machine.js';
import { formatAmount } from './money.js';
import { reportCodes, tranchesRestingOn } from './plan.js';
import type { Refused } from './refusal.js';
import { refuseRequest, refuseUntil } from './extension.js';
import { isRefused, refuse } from './refusal.js';

/** Grant states in which reports go on; a terminated grant only with what its termination spares. */
const running: readonly Grant['status'][] = ['awarded', 'active', 'suspended'];

/** The report of a running grant, or the refusal that names what is wrong. */
function openReport(grant: Grant, code: string, facts: Facts): Report | Refused {
  const report = findReport(grant, code);
  if (report === undefined)
    return missingThing(grant, 'report', code, reportCodes(facts.plan).includes(code));
  const spared = grant.status === 'terminated' && sparedReports(grant, facts.plan).has(code);
  if (!running.includes(grant.status) && !spared) return refuse('wrong-state', { grantStatus: grant.status });
  return report;
}

function wrongStateOf(report: Report, needed: readonly string[]): Refused {
  return refuse('wrong-state', { report: report.code, state: report.status, needed });
}

/** A report that `event` may move, or the refusal. */
function movableReport(grant: Grant, code: string, event: string, facts: Facts): Report | Refused {
  const report = openReport(grant, code, facts);
  if (isRefused(report)) return report;
  const machine: Machine<ReportStatus> = reportMachine;
  return allows(machine, report.status, event)
    ? report
    : wrongStateOf(report, statesAllowing(machine, event));
}

/** A report that is still owed: only then can its deadline move. */
export function owedReport(grant: Grant, code: string, facts: Facts): Report | Refused {
  const report = openReport(grant, code, facts);
  if (isRefused(report)) return report;
  return isOwed(report) ? report : wrongStateOf(report, ['expected', 'returned']);
}

export function isOwed(report: Pick<Report, 'status'>): boolean {
  return report.status === 'expected' || report.status === 'returned';
}

function today(facts: Facts): string {
  return civilDateOf(facts.now, facts.plan.timeZone);
}

export const submitReport: Decide<'submit-report'> = (grant, actor, input, facts) => {
  const report = movableReport(grant, input.report, 'report.submitted', facts);
  if (isRefused(report)) return report;
  const late = today(facts) > report.dueOn;
  const costs = input.costs === undefined ? {} : { costs: formatAmount(input.costs) };
  return {
    events: [by(actor, 'report.submitted', { report: report.code, late, dueOn: report.dueOn, ...costs })],
  };
};

export const acceptReport: Decide<'accept-report'> = (grant, actor, input, facts) => {
  const report = movableReport(grant, input.report, 'report.accepted', facts);
  if (isRefused(report)) return report;
  const accepted = input.costs ?? report.reportedCostsCents;
  const costs = accepted === null ? {} : { costs: formatAmount(accepted) };
  const late = report.late === true;
  return {
    events: [by(actor, 'report.accepted', { report: report.code, late, dueOn: report.dueOn, ...costs })],
  };
};

export const returnReport: Decide<'return-report'> = (grant, actor, input, facts) => {
  const report = movableReport(grant, input.report, 'report.returned', facts);
  if (isRefused(report)) return report;
  const missing = reasonRequired(input.reason);
  if (missing !== null) return missing;
  const dueOn = input.resubmitBy;
  return {
    events: [
      by(actor, 'report.returned', { report: report.code, dueOn }, input.reason),
      by(actor, 'deadline.set', {
        report: report.code,
        dueOn,
        rawDueOn: dueOn,
        previousDueOn: report.dueOn,
      }),
    ],
  };
};

export const waiveReport: Decide<'waive-report'> = (grant, actor, input, facts) => {
  const report = movableReport(grant, input.report, 'report.waived', facts);
  if (isRefused(report)) return report;
  return (
    reasonRequired(input.reason) ?? {
      events: [by(actor, 'report.waived', { report: report.code }, input.reason)],
    }
  );
};

/**
 * Reopens an accepted report until a tranche that rests on it has a live payout. Its evaluation goes
 * back to wait for it, and what hung on that evaluation is undone (domain.md, "Life of a grant").
 */
export const reopenReport: Decide<'reopen-report'> = (grant, actor, input, facts) => {
  const report = movableReport(grant, input.report, 'report.reopened', facts);
  if (isRefused(report)) return report;
  const numbers = tranchesRestingOn(facts.plan, report.code);
  const resting = grant.tranches.filter(({ no }) => numbers.includes(no));
  const refused = refuseOnceOrdered(grant, resting) ?? reasonRequired(input.reason);
  if (refused !== null) return refused;
  return { events: [by(actor, 'report.reopened', { report: report.code }, input.reason)] };
};

/** Reopening is too late once a resting tranche is ordered, or the recovery of its settlement notified. */
export function refuseOnceOrdered(grant: Grant, resting: readonly Tranche[]): Refused | null {
  for (const tranche of resting) {
    const payout = livePayout(grant, tranche.no);
    if (payout !== undefined)
      return refuse('already-ordered', { tranche: tranche.no, payout: payout.endToEndId });
    const recovery = tranche.settlementCents === null ? undefined : settlementRecovery(grant, tranche.no);
    if (recovery !== undefined && recovery.status !== 'proposed')
      return refuse('already-ordered', { tranche: tranche.no, recovery: recovery.no });
  }
  return null;
}

/**
 * The new date is taken as given, unshifted; it also answers an open request (domain.md, "Reminders"), whose
 * reason then stands where the decider gives none. A deadline moves on only: back it goes by undoing a bulk move.
 */
export const extendDeadline: Decide<'extend-deadline'> = (grant, actor, input, facts) => {
  const report = owedReport(grant, input.report, facts);
  if (isRefused(report)) return report;
  const refused =
    refuseUntil(report, input.until, facts) ??
    (report.request === null ? reasonRequired(input.reason) : null);
  if (refused !== null) return refused;
  return {
    events: [
      by(
        actor,
        'deadline.extended',
        { report: report.code, dueOn: input.until, rawDueOn: input.until, previousDueOn: report.dueOn },
        input.reason ?? null,
      ),
    ],
  };
};

export const askExtension: Decide<'ask-extension'> = (grant, actor, input, facts) => {
  const report = owedReport(grant, input.report, facts);
  if (isRefused(report)) return report;
  const refused =
    refuseUntil(report, input.until, facts) ?? refuseRequest(report, facts) ?? reasonRequired(input.reason);
  if (refused !== null) return refused;
  return {
    events: [by(actor, 'extension.asked', { report: report.code, until: input.until }, input.reason)],
  };
};

export const refuseExtension: Decide<'refuse-extension'> = (grant, actor, input, facts): Decision => {
  const report = openReport(grant, input.report, facts);
  if (isRefused(report)) return report;
  if (report.request === null)
    return refuse('wrong-state', {
      report: report.code,
      state: report.status,
      needed: ['an open request for more time'],
    });
  return (
    reasonRequired(input.reason) ?? {
      events: [
        by(actor, 'extension.refused', { report: report.code, until: report.request.until }, input.reason),
      ],
    }
  );
};
