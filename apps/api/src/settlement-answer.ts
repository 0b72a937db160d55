import { formatAmount } from '#domain/money.js';
import type { SettlementExplanation } from '#domain/settlement-explained.js';

/** A settlement as it is answered: every term with where it came from, amounts as text in euro. */
export function settlementAnswer(grant: string, explained: SettlementExplanation) {
  const { tranche, status, fixed, open, missing, recovery } = explained;
  return {
    grant,
    tranche,
    status,
    preview: fixed === null,
    fixed,
    open,
    missing,
    sums: sumsOf(explained),
    released: explained.released.map(inEuro),
    compensated: explained.compensated.map(inEuro),
    accepted: explained.accepted.map(inEuro),
    paid: explained.paid.map(inEuro),
    recovered: explained.recovered.map(inEuro),
    planned: formatAmount(explained.plannedCents),
    amount: formatAmount(explained.amountCents),
    proposes: recovery && inEuro(recovery),
  };
}

/** balance = min(owed, accepted) − compensated − (paid − recovered), where owed = award − released + compensated. */
function sumsOf(explained: SettlementExplanation) {
  const released = explained.released.reduce((sum, { amountCents }) => sum + amountCents, 0n);
  return {
    award: formatAmount(explained.awardedCents),
    released: formatAmount(released),
    compensated: formatAmount(explained.compensatedCents),
    owed: formatAmount(explained.owedCents),
    accepted: formatAmount(explained.acceptedCents),
    ceiling: formatAmount(explained.ceilingCents),
    paid: formatAmount(explained.paidCents),
    recovered: formatAmount(explained.recoveredCents),
    balance: formatAmount(explained.balanceCents),
  };
}

function inEuro<T extends { readonly amountCents: bigint }>({ amountCents, ...rest }: T) {
  return { ...rest, amount: formatAmount(amountCents) };
}
