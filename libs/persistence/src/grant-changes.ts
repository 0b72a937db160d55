import { jsonWithoutIbans } from '#domain/account-number.js';
import type { BeneficiaryFile } from '#domain/account.js';
import type { Grant, Report } from '#domain/grant.js';
import type { Refusal } from '#domain/refusal.js';

import type { Client } from './client.js';
import type { ChainedEvent } from './event-log.js';
import type { Row } from './grant-rows.js';
import * as rows from './grant-rows.js';

/** The order of the arguments of `save_grant_files`. */
const parts = [
  'drafted',
  'grants',
  'heads',
  'tranches',
  'reports',
  'evaluations',
  'payouts',
  'recoveries',
  'receipts',
  'reminders',
  'escalations',
  'beneficiaries',
  'accounts',
  'events',
  'commands',
  'refusals',
  'recorded',
] as const;
type Part = (typeof parts)[number];

const save = `SELECT save_grant_files(${parts.map((_, index) => `$${index + 1}`).join(', ')})`;

/** What a command asked and came to, for its row in `commands`. Hashes are hex. */
export interface CommandRecord {
  readonly id: string;
  readonly inputHash: string;
  readonly name: string;
  readonly stream: string | null;
  readonly actor: string;
  readonly at: string;
  readonly refused: boolean;
  /** Sequence before and after its events; null where it was refused. */
  readonly firstSequence: number | null;
  readonly lastSequence: number | null;
}

export interface RefusalRecord {
  readonly commandId: string;
  readonly inputHash: string;
  readonly command: string;
  readonly stream: string | null;
  readonly actor: string;
  readonly refusal: Refusal;
  readonly input: unknown;
  readonly at: string;
}

/** Collects what a transaction writes and writes it in one statement. */
export class GrantChanges {
  readonly #rows: Record<Part, Row[]> = Object.fromEntries(parts.map((part) => [part, []])) as never;

  get isEmpty(): boolean {
    return parts.every((part) => this.#rows[part].length === 0);
  }

  /**
   * A grant that came to be or changed. Parts that kept their reference since `before` are not written
   * again; reminders, escalations and receipts are only ever added at the end.
   */
  grant(before: Grant | null, after: Grant, hash: string, nextDueAt: string | null): void {
    if (before !== null && sameButForItsEvents(before, after))
      this.#rows.heads.push(rows.headRow(after, hash, nextDueAt));
    else this.#rows[before === null ? 'drafted' : 'grants'].push(rows.grantRow(after, hash, nextDueAt));
    const { code } = after;
    this.#changed('tranches', before?.tranches, after.tranches, (tranche) => rows.trancheRow(code, tranche));
    this.#changed('evaluations', before?.evaluations, after.evaluations, (evaluation, position) =>
      rows.evaluationRow(code, evaluation, position),
    );
    this.#changed('payouts', before?.payouts, after.payouts, (payout, position) =>
      rows.payoutRow(code, payout, position),
    );
    this.#changed('recoveries', before?.recoveries, after.recoveries, (recovery) =>
      rows.recoveryRow(code, recovery),
    );
    this.#added('receipts', before?.receipts, after.receipts, (receipt, position) =>
      rows.receiptRow(code, receipt, position),
    );
    after.reports.forEach((report, position) => this.#report(code, before, report, position));
  }

  #report(code: string, before: Grant | null, report: Report, position: number): void {
    const old = before?.reports[position];
    if (old === report) return;
    const known =
      old?.code === report.code ? old : before?.reports.find((known) => known.code === report.code);
    if (known === undefined || !sameButForMessages(known, report))
      this.#rows.reports.push(rows.reportRow(code, report, position));
    this.#added('reminders', known?.reminders, report.reminders, (reminder, place) =>
      rows.reminderRow(code, report.code, reminder, place),
    );
    this.#added('escalations', known?.escalations, report.escalations, (escalation, place) =>
      rows.escalationRow(code, report.code, escalation, place),
    );
  }

  #changed<T>(
    part: Part,
    before: readonly T[] = [],
    after: readonly T[],
    row: (item: T, position: number) => Row,
  ): void {
    if (before === after) return;
    if (after.length < before.length) throw new Error(`${part} of a grant never go`);
    after.forEach((item, position) => {
      if (before[position] !== item) this.#rows[part].push(row(item, position));
    });
  }

  #added<T>(
    part: Part,
    before: readonly T[] = [],
    after: readonly T[],
    row: (item: T, position: number) => Row,
  ): void {
    if (before === after) return;
    if (after.length < before.length) throw new Error(`${part} of a grant never go`);
    for (let position = before.length; position < after.length; position += 1)
      this.#rows[part].push(row(after[position] as T, position));
  }

  /** A beneficiary whose stream grew. */
  beneficiary(before: BeneficiaryFile, after: BeneficiaryFile, hash: string): void {
    const { id, sequence, lastEventAt } = after;
    this.#rows.beneficiaries.push({ id, sequence, last_event_at: lastEventAt, head_hash: rows.bytea(hash) });
    this.#changed('accounts', before.accounts, after.accounts, (account) => rows.accountRow(id, account));
  }

  /** A payout of which its grant now says that its batch took it along. */
  recorded(endToEndId: string): void {
    this.#rows.recorded.push({ end_to_end_id: endToEndId });
  }

  events(events: readonly ChainedEvent[]): void {
    for (const event of events) this.#rows.events.push(rows.eventRow(event));
  }

  command(record: CommandRecord): void {
    this.#rows.commands.push({
      id: record.id,
      input_hash: rows.bytea(record.inputHash),
      name: record.name,
      stream: record.stream,
      actor: record.actor,
      at: record.at,
      refused: record.refused,
      first_sequence: record.firstSequence,
      last_sequence: record.lastSequence,
    });
  }

  refusal(record: RefusalRecord): void {
    this.#rows.refusals.push({
      command_id: record.commandId,
      input_hash: rows.bytea(record.inputHash),
      command: record.command,
      stream: record.stream,
      actor: record.actor,
      code: record.refusal.code,
      // A number in the wrong field is quoted by the sentence that says so.
      facts: jsonWithoutIbans(record.refusal.facts),
      input: record.input,
      at: record.at,
    });
  }

  /** One round trip, whatever the number of rows; none where there are none. */
  async write(client: Client): Promise<void> {
    if (this.isEmpty) return;
    await client.query({
      name: 'save_grant_files',
      text: save,
      values: parts.map((part) => (this.#rows[part].length === 0 ? null : JSON.stringify(this.#rows[part]))),
    });
  }
}

/** What is not of a grant's own row, or of where its stream stands. */
const besideItsRow: ReadonlySet<keyof Grant> = new Set<keyof Grant>([
  'sequence',
  'lastEventAt',
  'tranches',
  'reports',
  'evaluations',
  'payouts',
  'recoveries',
  'receipts',
]);

/** Most events leave a grant's own row as it was, but for where its stream stands and what it waits for. */
function sameButForItsEvents(before: Grant, after: Grant): boolean {
  return (Object.keys(after) as (keyof Grant)[]).every(
    (key) => before[key] === after[key] || besideItsRow.has(key),
  );
}

/** Sending a reminder makes a new report object of which the report's own row says nothing new. */
function sameButForMessages(before: Report, after: Report): boolean {
  return (Object.keys(after) as (keyof Report)[]).every(
    (key) => key === 'reminders' || key === 'escalations' || before[key] === after[key],
  );
}
