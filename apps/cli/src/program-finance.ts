import { Argument, type Command, Option } from 'commander';

import type { JsonOption } from './program.js';
import { under } from './under.js';

/** What every command takes that is given as a person. */
export interface ActingOptions extends JsonOption {
  readonly token?: string;
  readonly id?: string;
}
export interface BatchBuildOptions extends ActingOptions {
  readonly profile?: string;
  readonly programme?: string;
  readonly dueBy?: string;
  readonly atLeast?: string;
  readonly atMost?: string;
  readonly executeOn?: string;
}
export interface BatchShowOptions extends ActingOptions {
  readonly lines?: true;
}
export interface BatchListOptions extends ActingOptions {
  readonly state?: string;
}
export interface ReasonOptions extends ActingOptions {
  readonly reason?: string;
}
export interface BatchExportOptions extends ActingOptions {
  readonly to: string;
  readonly force?: true;
}
export interface AssignOptions extends ReasonOptions {
  readonly payout?: string;
  readonly grant?: string;
  readonly recovery?: string;
}
export interface ProfileOptions extends ActingOptions {
  readonly code?: string;
  readonly name: string;
  readonly iban: string;
  readonly bic?: string;
  readonly batchBooking?: true;
  readonly structured?: true;
}
export interface EnvelopeSetOptions extends ReasonOptions {
  readonly programme: string;
  readonly year: string;
  readonly article: string;
  readonly amount: string;
}
export interface EnvelopeListOptions extends ActingOptions {
  readonly programme?: string;
  readonly year?: string;
}
export interface ExportOptions extends ActingOptions {
  readonly format: 'csv' | 'xlsx' | 'json';
  readonly decimal: 'comma' | 'point';
  readonly programme?: string;
  readonly beneficiary?: string;
  readonly from?: string;
  readonly to?: string;
  readonly by?: 'month' | 'programme' | 'beneficiary';
  readonly state?: (typeof deadlineStates)[number];
  readonly handler?: string;
  readonly out?: string;
  readonly force?: true;
}

/** The tables of `sluis export`; named here, because help loads no more than this. */
const tables = ['schedule', 'forecast', 'payouts', 'commitments', 'ageing', 'deadlines'] as const;
/** As in the domain, and named here for the same reason; a test compares them. */
const deadlineStates = ['open', 'due-soon', 'met', 'met-late', 'overdue'] as const;
export type AskedTable = (typeof tables)[number];

/** Money: batches, bank files, envelopes and the tables that finance takes along. */
export function addFinance(sluis: Command): void {
  addBatches(
    under(sluis, 'batch', 'Payout batches: built, released by someone else, exported, handed over.'),
  );
  const bank = under(sluis, 'bank', 'What banks answer, and the accounts that are paid from.');
  addBank(bank);
  addProfiles(under(bank, 'profile', 'The accounts that are paid from.'));
  addEnvelopes(under(sluis, 'envelope', 'What a programme may commit in a year on a budget article.'));
  addExport(sluis);
}

/** A command that is given as a person. */
export function asPerson(parent: Command, name: string, does: string): Command {
  return under(parent, name, does)
    .option('--token <token>', 'who you are; else SLUIS_TOKEN')
    .option('--json', 'one JSON object, or one a line');
}

/** One that changes something: given again under the same id it is done once. */
export function changing(parent: Command, name: string, does: string): Command {
  return asPerson(parent, name, does).option('--id <id>', 'names the command among yours, for scripts');
}

function addBatches(batch: Command): void {
  changing(batch, 'build', 'Build a batch from the ordered payouts that nothing holds.')
    .option('--programme <code>', 'only of this programme')
    .option('--due-by <date>', 'only what is to be paid by this day')
    .option('--at-least <amount>', 'only payouts of at least this, "100.00"')
    .option('--at-most <amount>', 'only payouts of at most this')
    .option('--execute-on <date>', 'the day the bank is asked to pay; the day of release unless given')
    .option('--profile <code>', 'the account to pay from, where there are several')
    .action(async (options: BatchBuildOptions) => (await import('./batch.js')).buildBatch(options));
  asPerson(batch, 'list', 'Batches, the latest first.')
    .option('--state <state>', 'only in this state')
    .action(async (options: BatchListOptions) => (await import('./batch.js')).listBatches(options));
  asPerson(batch, 'show <no>', 'A batch: totals, what could not go and why, who did what when.')
    .option('--lines', 'its payments as well: for what, to whom, how much')
    .action(async (no: string, options: BatchShowOptions) =>
      (await import('./batch.js')).showBatch(no, options),
    );
  changing(batch, 'release <no>', 'Release a batch that someone else built; it is sealed then.').action(
    async (no: string, options: ActingOptions) => (await import('./batch.js')).releaseBatch(no, options),
  );
  changing(batch, 'discard <no>', 'Discard a batch that was not handed over; its payouts stay ordered.')
    .option('--reason <text>', 'why; needed')
    .action(async (no: string, options: ReasonOptions) =>
      (await import('./batch.js')).discardBatch(no, options),
    );
  changing(batch, 'export <no>', 'Write the payment file of a released batch; again it has the same bytes.')
    .requiredOption('--to <file>', 'where to')
    .option('--force', 'overwrite what is there')
    .action(async (no: string, options: BatchExportOptions) =>
      (await import('./batch-export.js')).exportBatch(no, options),
    );
  changing(
    batch,
    'hand-over <no>',
    'Record that the bank has the file. Ctrl-C is safe: give it again to go on.',
  ).action(async (no: string, options: ActingOptions) =>
    (await import('./batch.js')).handOverBatch(no, options),
  );
}

function addBank(bank: Command): void {
  changing(
    bank,
    'import <file>',
    'Import what a bank answered and apply it; "-" reads standard input.',
  ).action(async (file: string, options: ActingOptions) =>
    (await import('./bank.js')).importBankFile(file, options),
  );
  asPerson(bank, 'waiting', 'Entries that wait for a person, with candidates.').action(
    async (options: ActingOptions) => (await import('./bank.js')).listWaiting(options),
  );
  changing(bank, 'assign <file> <entry>', 'Say which payout or recovery a waiting entry belongs to.')
    .option('--payout <endToEndId>', 'the payout it answers')
    .option('--grant <code>', 'the grant whose recovery it repays')
    .option('--recovery <no>', 'the recovery it repays')
    .option('--reason <text>', 'why, where the amount is another')
    .action(async (file: string, entry: string, options: AssignOptions) =>
      (await import('./bank.js')).assignEntry(file, entry, options),
    );
  changing(bank, 'dismiss <file> <entry>', 'Take a waiting entry off the list: it is none of ours.')
    .option('--reason <text>', 'why; needed')
    .action(async (file: string, entry: string, options: ReasonOptions) =>
      (await import('./bank.js')).dismissEntry(file, entry, options),
    );
}

function addProfiles(profile: Command): void {
  changing(profile, 'set', 'Set an account that is paid from; what is set again becomes its next version.')
    .requiredOption('--name <name>', 'who pays, as the bank knows them')
    .requiredOption('--iban <iban>', 'the account')
    .option('--code <code>', 'what it is called here; main unless given')
    .option('--bic <bic>', 'the bank, where it wants to be named')
    .option('--batch-booking', 'one booking for a whole batch')
    .option('--structured', 'structured references in place of text')
    .action(async (options: ProfileOptions) => (await import('./bank.js')).setProfile(options));
  asPerson(profile, 'list', 'The accounts that are paid from.').action(async (options: ActingOptions) =>
    (await import('./bank.js')).listProfiles(options),
  );
}

function addEnvelopes(envelope: Command): void {
  changing(envelope, 'set', 'Set the amount of an envelope; never below what its grants commit.')
    .requiredOption('--programme <code>', 'whose envelope')
    .requiredOption('--year <year>', 'the civil year of the budget')
    .requiredOption('--article <article>', 'the article of the budget')
    .requiredOption('--amount <amount>', 'what may be committed, "250000.00"; "0.00" closes it')
    .option('--reason <text>', 'why')
    .action(async (options: EnvelopeSetOptions) => (await import('./envelope.js')).setAmount(options));
  asPerson(envelope, 'list', 'Envelopes: what may be committed, what is, and what is left.')
    .option('--programme <code>', 'only of this programme')
    .option('--year <year>', 'only of this year')
    .action(async (options: EnvelopeListOptions) => (await import('./envelope.js')).listEnvelopes(options));
}

function addExport(sluis: Command): void {
  asPerson(sluis, 'export', 'Write a table: CSV, XLSX or JSON.')
    .addArgument(new Argument('<table>').choices(tables))
    .addOption(
      new Option('--format <format>', 'json: one object a line')
        .choices(['csv', 'xlsx', 'json'])
        .default('csv'),
    )
    .addOption(
      new Option('--decimal <sign>', 'of a CSV; comma puts ";" between cells')
        .choices(['comma', 'point'])
        .default('comma'),
    )
    .option('--programme <code>', 'only of this programme')
    .option('--beneficiary <id>', 'only of this beneficiary')
    .option('--from <date>', 'first day')
    .option('--to <date>', 'last day, included')
    .addOption(
      new Option('--by <what>', 'of a forecast: sums apart').choices(['month', 'programme', 'beneficiary']),
    )
    .addOption(new Option('--state <state>', 'only deadlines in this state').choices(deadlineStates))
    .option('--handler <person>', 'only deadlines of grants that this person handles')
    .option('--out <file>', 'into this file; standard output unless given')
    .option('--force', 'overwrite what is there')
    .action(async (table: AskedTable, options: ExportOptions) =>
      (await import('./export.js')).exportTable(table, options),
    );
}
