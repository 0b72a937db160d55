import { evolveBatch } from '#domain/batch.js';
import type { Batch } from '#domain/batch.js';
import type { BatchEvent } from '#domain/events.js';
import type { BankProfile, PaymentRules, PostalAddress } from '#domain/payment.js';
import { LinesHash, type StoredLine, readLines } from '#persistence/batch-lines.js';
import { profileOf, readBatches } from '#persistence/batch-store.js';
import { canonicalJson } from '#persistence/canonical-json.js';
import type { Client } from '#persistence/client.js';
import type { ChainedEvent } from '#persistence/event-log.js';

/** What a batch's stream or lines are found wrong in. */
export interface BatchViolation {
  readonly invariant: string;
  readonly message: string;
}

/**
 * Checks one batch against its stream and its lines: the row is the fold of the events (I6), releasing was
 * not building (I8), the totals of the file are those of its lines and no line was changed since it was built
 * (I14), and each line pays the amount, the account and the payee that were approved (I15).
 */
export async function checkBatch(
  client: Client,
  no: number,
  events: readonly ChainedEvent[],
  payments: PaymentRules,
): Promise<BatchViolation[]> {
  const [stored] = await readBatches(client, [no]);
  if (stored === undefined) return [{ invariant: 'I6', message: 'has events and no row' }];
  const found: BatchViolation[] = [];
  const folded = fold(events as readonly BatchEvent[]);
  if (folded === null || text(folded) !== text(stored.batch))
    found.push({ invariant: 'I6', message: 'its row is not what its events say' });
  const { batch } = stored;
  if (batch.releasedBy === batch.builtBy)
    found.push({ invariant: 'I8', message: `${batch.builtBy} built and released it` });
  const profile = await profileOf(client, batch);
  found.push(...(await checkLines(client, batch, profile, payments)));
  return found;
}

function fold(events: readonly BatchEvent[]): Batch | null {
  try {
    return events.reduce<Batch | null>(evolveBatch, null);
  } catch {
    return null;
  }
}

function text({ amountCents, ...batch }: Batch): string {
  return canonicalJson({ ...batch, amountCents: amountCents.toString() });
}

async function checkLines(
  client: Client,
  batch: Batch,
  profile: BankProfile,
  payments: PaymentRules,
): Promise<BatchViolation[]> {
  const found: BatchViolation[] = [];
  const hash = new LinesHash();
  let lines = 0;
  let amountCents = 0n;
  for await (const some of readLines(client, batch.no)) {
    for (const line of some) hash.add(line);
    lines += some.length;
    amountCents += some.reduce((sum, line) => sum + line.amountCents, 0n);
    if (batch.status !== 'discarded')
      found.push(...(await checkPaid(client, batch, some, profile, payments)));
  }
  if (lines !== batch.lines || amountCents !== batch.amountCents)
    found.push({
      invariant: 'I14',
      message: `says ${batch.lines} lines of ${batch.amountCents} cents, and holds ${lines} of ${amountCents}`,
    });
  if (hash.hex() !== batch.linesHash)
    found.push({ invariant: 'I14', message: 'its lines are not those it was built from' });
  return found;
}

interface Approved {
  readonly position: number;
  readonly payoutCents: string;
  /** The last approval before the payout was ordered; null where there is none. */
  readonly approvedCents: string | null;
  readonly approvedVersion: number | null;
  readonly accountVersion: number;
  readonly iban: string;
  readonly payee: string;
  readonly address: PostalAddress | null;
  readonly title: string;
}

async function checkPaid(
  client: Client,
  batch: Batch,
  lines: readonly StoredLine[],
  profile: BankProfile,
  payments: PaymentRules,
): Promise<BatchViolation[]> {
  const { rows } = await client.query({
    text: `SELECT l.position, p.amount_cents::text AS "payoutCents", p.account_version AS "accountVersion",
        (approval.amount::numeric * 100)::bigint::text AS "approvedCents", approval.version AS "approvedVersion",
        a.iban, coalesce(a.holder, b.name) AS payee, a.address, r.title
      FROM batch_lines l
      JOIN payouts p ON (p.grant_code, p.tranche, p.attempt) = (l.grant_code, l.tranche, l.attempt)
      JOIN grants g ON g.code = l.grant_code
      JOIN programmes r ON r.code = g.programme
      JOIN beneficiaries b ON b.id = g.beneficiary
      JOIN accounts a ON a.beneficiary = g.beneficiary AND a.version = p.account_version
      LEFT JOIN LATERAL (
        SELECT e.data ->> 'amount' AS amount, (e.data ->> 'accountVersion')::int AS version FROM events e
        WHERE e.stream = 'grant:' || l.grant_code AND e.sequence < p.ordered_sequence
          AND e.type = 'tranche.approved' AND (e.data ->> 'tranche')::int = l.tranche
        ORDER BY e.sequence DESC LIMIT 1
      ) approval ON true
      WHERE l.batch = $1 AND l.position BETWEEN $2 AND $3`,
    values: [batch.no, lines[0]?.position, lines.at(-1)?.position],
  });
  const approvals = new Map((rows as Approved[]).map((row) => [row.position, row]));
  return lines.flatMap((line) => {
    const wrong = differs(line, approvals.get(line.position), batch, profile, payments);
    return wrong === null
      ? []
      : [{ invariant: 'I15', message: `line ${line.position + 1}, ${line.endToEndId}: ${wrong}` }];
  });
}

/** What of a line is not what was approved, in words; null where all is. */
function differs(
  line: StoredLine,
  approved: Approved | undefined,
  batch: Batch,
  profile: BankProfile,
  payments: PaymentRules,
): string | null {
  if (approved === undefined) return 'pays no payout that is on record';
  const cents = line.amountCents.toString();
  if (cents !== approved.payoutCents || cents !== approved.approvedCents)
    return `pays ${cents} cents, ${approved.approvedCents ?? 'nothing'} were approved`;
  if (line.accountVersion !== approved.approvedVersion || line.accountVersion !== approved.accountVersion)
    return `pays account version ${line.accountVersion}, version ${approved.approvedVersion} was approved`;
  const { iban, payee, address, title: programmeTitle } = approved;
  const { endToEndId, grant, tranche, amountCents, position } = line;
  const candidate = { endToEndId, grant, tranche, programmeTitle, amountCents, iban, payee, address };
  const right = payments.textOf(candidate, profile, { batch: batch.no, position });
  if ('excluded' in right) return `could not be paid: ${right.excluded}`;
  if (line.iban !== right.iban) return 'pays another account number than that of the version approved';
  if (line.payee !== right.payee) return 'names another payee than the holder of the account approved';
  return canonicalJson(line.address) === canonicalJson(right.address) ? null : 'names another address';
}
