import type { DataSource } from 'typeorm';

import type { AnswerStep, Verdict } from '#domain/bank-file-decisions.js';
import { answerSteps, refusedStep, stepsOf, wordsOf } from '#domain/bank-file-decisions.js';
import type { PayoutStatus } from '#domain/grant.js';
import { formatAmount } from '#domain/money.js';
import type { Actor } from '#domain/people.js';
import {
  type AppliedEntry,
  type EntryPlace,
  type EntryToApply,
  type PayoutToAnswer,
  markApplied,
  readLinesToAnswer,
  readToApply,
} from '#persistence/bank-apply-store.js';
import { filesOfHandOver } from '#persistence/bank-hand-over-store.js';
import { inTransaction } from '#persistence/client.js';

import { judgeWaitingFor } from './bank-file-hand-over.js';
import { isConnectionLost } from './failures.js';
import type { CommandRequest, Outcome } from './outcome.js';
import type { RunCommands } from './run-commands.js';

/** Entries, or lines of a batch, that are recorded and marked together. */
const TOGETHER = 1_000;

/** An entry with the commands that record it, in order; the last one is the answer itself. */
interface Answering {
  readonly entry: EntryToApply;
  readonly last: AnswerStep | 'recover';
  readonly commands: readonly CommandRequest[];
}

/**
 * Records what a file's entries say, in their order, by the commands a person would give: each under an id that
 * names entry and step, so that what was done before a stop is only answered again. What a grant refuses goes to
 * the list that waits for a person, in the words of the refusal.
 */
export class BankFileApply {
  constructor(
    readonly source: DataSource,
    readonly commands: RunCommands,
  ) {}

  /** Up to and including file `no`; the first error of that file is thrown once all others were tried. */
  async file(no: number): Promise<void> {
    let failure: unknown;
    let after: EntryPlace = { bankFile: 0, no: 0 };
    for (;;) {
      const entries = await inTransaction(this.source, (client) => readToApply(client, after, no, TOGETHER));
      const last = entries.at(-1);
      if (last === undefined) break;
      after = last;
      for (const group of grouped(entries)) {
        const failed = await this.#attempt(group);
        // An earlier file's own effect names what keeps failing there.
        if (failed?.bankFile === no) failure ??= failed.error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /**
   * Once a batch is handed over: what waited for that, whichever file it stands in, is judged again and recorded at
   * once. May be stopped and called again at any point, and by two at once. Of each file the first error counts; the
   * first of all is thrown once every file was tried.
   */
  async judgeAgain(batch: number): Promise<void> {
    await judgeWaitingFor(this.source, batch);
    let failure: unknown;
    const files = await inTransaction(this.source, (client) => filesOfHandOver(client, batch, ['matched']));
    for (const no of files) await this.file(no).catch((error: unknown) => (failure ??= error));
    if (failure !== undefined) throw failure;
  }

  /** Together, which is fast; and where that fails one by one, so that what always fails holds up no other. */
  async #attempt(entries: readonly EntryToApply[]): Promise<{ bankFile: number; error: unknown } | null> {
    try {
      await this.#record(entries);
      return null;
    } catch (error) {
      const [first] = entries;
      if (isConnectionLost(error) || first === undefined) throw error;
      if (entries.length === 1) return { bankFile: first.bankFile, error };
      let failed: { bankFile: number; error: unknown } | null = null;
      for (const entry of entries) failed = (await this.#attempt([entry])) ?? failed;
      return failed;
    }
  }

  async #record(entries: readonly EntryToApply[]): Promise<void> {
    const [first] = entries;
    if (first?.batch != null) return this.#recordWhole(first, first.batch);
    const answering = answersTo(entries);
    const outcomes = await this.commands.runBatch(answering.flatMap(({ commands }) => commands));
    let done = 0;
    const applied = answering.map(({ entry, last, commands }): AppliedEntry => {
      done += commands.length;
      const { bankFile, no, sequence } = entry;
      return { bankFile, no, sequence, ...became(entry, last, outcomes[done - 1]) };
    });
    await inTransaction(this.source, (client) => markApplied(client, applied));
  }

  /** Each payment of the file that is still on its way; the entry is applied once none is. */
  async #recordWhole(entry: EntryToApply, batch: number): Promise<void> {
    for (let after = -1; ;) {
      const lines = await inTransaction(this.source, (client) =>
        readLinesToAnswer(client, batch, after, TOGETHER),
      );
      const last = lines.at(-1);
      if (last === undefined) break;
      after = last.position;
      // A line that its grant refuses was answered by somebody in between; that stands.
      await this.commands.runBatch(
        lines.flatMap((line) =>
          stepsOf(entry.answer, line.status).map((step) => payoutCommand(entry, line, step)),
        ),
      );
    }
    const { bankFile, no, sequence } = entry;
    await inTransaction(this.source, (client) =>
      markApplied(client, [{ bankFile, no, sequence, status: 'applied', because: null }]),
    );
  }
}

/** Entries about single payments together, those about whole files alone; in order. */
function grouped(entries: readonly EntryToApply[]): EntryToApply[][] {
  const groups: EntryToApply[][] = [];
  for (const entry of entries) {
    const group = groups.at(-1);
    const alone = entry.batch !== null || group?.[0]?.batch != null;
    if (group === undefined || alone || group[0]?.bankFile !== entry.bankFile) groups.push([entry]);
    else group.push(entry);
  }
  return groups;
}

/** The commands of entries in order; an entry on the payout of an earlier one finds it as that one leaves it. */
function answersTo(entries: readonly EntryToApply[]): Answering[] {
  const became = new Map<string, PayoutStatus>();
  return entries.map((entry): Answering => {
    const { payout, recovery, answer } = entry;
    if (payout === null) {
      if (recovery === null)
        throw new Error(`entry ${entry.no} of bank file ${entry.bankFile} names nothing`);
      return { entry, last: 'recover', commands: [recoveryCommand(entry, recovery)] };
    }
    const steps = stepsOf(answer, became.get(payout.endToEndId) ?? payout.status);
    const last = steps.at(-1) ?? 'settle';
    became.set(payout.endToEndId, answerSteps[last].leadsTo);
    return { entry, last, commands: steps.map((step) => payoutCommand(entry, payout, step)) };
  });
}

function payoutCommand(entry: EntryToApply, payout: PayoutToAnswer, step: AnswerStep): CommandRequest {
  const { grant, tranche, endToEndId } = payout;
  const { command } = answerSteps[step];
  const reason = command === 'confirm-payout' || entry.reason === null ? {} : { reason: entry.reason };
  const id = `${commandId(entry, step)}${entry.batch === null ? '' : `:${endToEndId}`}`;
  return { id, name: command, actor: financeOf(entry), grant, input: { tranche, endToEndId, ...reason } };
}

function recoveryCommand(
  entry: EntryToApply,
  { grant, no, amountCents }: NonNullable<EntryToApply['recovery']>,
): CommandRequest {
  const input = { recovery: no, amount: formatAmount(amountCents) };
  return {
    id: commandId(entry, 'recover'),
    name: 'settle-recovery',
    actor: financeOf(entry),
    grant,
    input,
  };
}

/** The same entry and step give the same command, whoever rings it. */
function commandId({ bankFile, no, sequence }: EntryToApply, step: Answering['last']): string {
  return `effect:bank-file:${bankFile}#${sequence}:apply-bank-file:${no}:${step}`;
}

/** Whoever imported or assigned was of finance when they did; the service acts for them on the bank's word. */
function financeOf({ by }: EntryToApply): Actor {
  return { id: by, roles: ['finance', 'system'], of: null };
}

function became(
  { status: was }: EntryToApply,
  last: Answering['last'],
  outcome: Outcome | undefined,
): Pick<AppliedEntry, 'status' | 'because'> {
  if (outcome === undefined) throw new Error('an entry was applied without an answer');
  if (outcome.accepted) return { status: 'applied', because: null };
  if (last === 'recover') return { status: 'waiting', because: wordsOf('settle-recovery', outcome.refused) };
  const { status, because }: Verdict = refusedStep(last, outcome.refused, was);
  return { status: status === 'known' ? 'known' : 'waiting', because };
}
