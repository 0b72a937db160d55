import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { keeps } from '#api/permissions.js';
import { registerProblem } from '#api/answer.js';
import { withoutIbans } from '#domain/account-number.js';
import { parseBankProfile } from '#domain/bank-profile-document.js';
import { onlyFor } from '#lifecycle/person-writes.js';
import { setBankProfile } from '#lifecycle/register-writes.js';
import type { BankEntryRead } from '#persistence/views/bank-file.view.js';

import { acceptedOf, acting, everyRow, inputOf, numberOf, refusedHere, sayAccepted } from './acting.js';
import type { ActingOptions, AssignOptions, ProfileOptions, ReasonOptions } from './program-finance.js';
import { keepHeapSmall } from './small-heap.js';
import { UsageFault } from './usage-fault.js';

/** `sluis bank import FILE`: imported whole or not at all, then applied; stopped in between, a worker goes on. */
export async function importBankFile(file: string, options: ActingOptions): Promise<void> {
  const { json } = options;
  const given = await opened(file);
  keepHeapSmall();
  await acting(options, async (me) => {
    const outcome = acceptedOf(
      await me.bankFiles.import(me.request('import-bank-file', {}), given),
      'import-bank-file',
      'The bank file',
      { content: file === '-' ? 'standard input' : file },
    );
    const [imported] = outcome.events;
    if (imported?.type !== 'bank-file.imported') throw new Error('a file was imported without its event');
    const no = Number(imported.stream.slice('bank-file:'.length));
    await me.bankFiles.apply(no);
    const read = await me.views.bankFiles.one(no);
    if (read === null) throw new Error(`bank file ${no} was imported and is not on record`);
    const { kind, entries, became } = read;
    if (json) return void process.stdout.write(`${JSON.stringify(read)}\n`);
    const counts = Object.entries(became).filter(([, count]) => count > 0);
    const told = counts.map(([status, count]) => `${count} ${status}`).join(', ');
    const again = outcome.replayed ? 'was imported before' : 'is imported';
    const waits = became.waiting === 0 ? '' : '\nWhat waits for a person: sluis bank waiting';
    process.stdout.write(
      `Bank file ${no} (${kind}) ${again}: ${entries} ${entries === 1 ? 'entry' : 'entries'}${told === '' ? '' : `, ${told}`}.${waits}\n`,
    );
  });
}

/** The bytes of a file, or of standard input for "-". Throws UsageFault where there is none. */
async function opened(file: string): Promise<{ name?: string; source: AsyncIterable<Uint8Array> }> {
  if (file === '-') return { source: process.stdin };
  try {
    if ((await stat(file)).isDirectory()) throw new UsageFault(`${file}: this is a folder`);
  } catch (error) {
    if (error instanceof UsageFault) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(error)})`;
    throw new UsageFault(`${file}: ${why}`);
  }
  return { name: basename(file), source: createReadStream(file) };
}

/** `sluis bank waiting` */
export async function listWaiting(options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    me.mayRead('bank-files');
    const view = me.views.bankFiles;
    let waiting = 0;
    for await (const entry of everyRow((page) => view.entries({ status: 'waiting' }, page))) {
      waiting += 1;
      process.stdout.write(options.json ? `${JSON.stringify(entry)}\n` : `${described(entry).join('\n')}\n`);
    }
    if (waiting === 0 && !options.json) process.stdout.write('Nothing waits.\n');
  });
}

/** What a person decides by: the entry, what the bank says of it, and what it may be. */
function described(row: BankEntryRead): string[] {
  const { bankFile, entry, answer, amount, currency, bookedOn, counterparty, endToEndId, text } = row;
  const money = amount === null ? null : `${amount} ${currency ?? ''}`.trim();
  const words = [money, bookedOn, counterparty.name, counterparty.iban].filter((word) => word !== null);
  const said = words.length === 0 ? '' : ` (${words.join(', ')})`;
  const named = endToEndId === null ? '' : ` ${endToEndId}`;
  const why = [row.reasonCode, row.reason].filter((word) => word !== null).join(': ');
  return [
    `file ${bankFile}, entry ${entry}: ${answer}${named}${said}: ${row.because ?? ''}`,
    ...(why === '' ? [] : [`  reason  ${withoutIbans(why)}`]),
    ...(text === null || text === endToEndId ? [] : [`  text    ${text}`]),
  ]
    .map(onOneLine)
    .concat(choices(row));
}

/** What banks pass on was written by others: it neither breaks lines nor steers a terminal. */
function onOneLine(line: string): string {
  return line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** The commands that may settle it: those of the same amount first, then as the record ranks them. */
function choices({ bankFile, entry, candidates: { payouts, recoveries } }: BankEntryRead): string[] {
  const assign = `  sluis bank assign ${bankFile} ${entry}`;
  const found = [
    ...payouts.map(({ sameAmount, endToEndId, amount, status }) => ({
      sameAmount,
      line: `${assign} --payout ${endToEndId}   ${amount}, ${status}`,
    })),
    ...recoveries.map(({ sameAmount, grant, recovery, open }) => ({
      sameAmount,
      line: `${assign} --grant ${grant} --recovery ${recovery}   ${open} open`,
    })),
  ];
  if (found.length === 0)
    return [`  sluis bank dismiss ${bankFile} ${entry} --reason TEXT   where it is none of ours`];
  return found
    .toSorted((one, other) => Number(other.sameAmount) - Number(one.sameAmount))
    .map(({ line }) => line);
}

/** `sluis bank assign FILE ENTRY` */
export async function assignEntry(file: string, entry: string, options: AssignOptions): Promise<void> {
  const { payout: endToEndId, grant: against, reason, recovery } = options;
  const no = recovery === undefined ? undefined : numberOf('--recovery', recovery);
  if (
    (endToEndId === undefined) === (against === undefined) ||
    (against === undefined) !== (no === undefined)
  )
    throw new UsageFault('Say what it is: --payout ID, or --grant CODE and --recovery NO.');
  const given = { endToEndId, against, recovery: no, reason };
  await decideEntry('assign-bank-entry', file, entry, given, options);
}

/** `sluis bank dismiss FILE ENTRY` */
export async function dismissEntry(file: string, entry: string, options: ReasonOptions): Promise<void> {
  await decideEntry('dismiss-bank-entry', file, entry, { reason: options.reason }, options);
}

async function decideEntry(
  name: 'assign-bank-entry' | 'dismiss-bank-entry',
  file: string,
  entry: string,
  given: Readonly<Record<string, unknown>>,
  options: ActingOptions,
): Promise<void> {
  const bankFile = numberOf('file', file);
  const no = numberOf('entry', entry);
  const places = { bankFile: 'file', entry: 'entry', endToEndId: '--payout', against: '--grant' };
  const input = inputOf(name, { ...given, bankFile, entry: no }, places);
  const subject = `Entry ${no} of bank file ${bankFile}`;
  await acting(options, async (me) => {
    const outcome = acceptedOf(await me.bankFiles.run(me.request(name, input)), name, subject, places);
    await me.bankFiles.apply(bankFile);
    const became = await me.views.bankFiles.entry(bankFile, no);
    const because = became?.status === 'waiting' ? `: ${became.because ?? ''}` : '';
    sayAccepted(outcome, options.json, `${subject} is ${became?.status ?? 'decided'}${because}.`);
  });
}

/** `sluis bank profile set` */
export async function setProfile(options: ProfileOptions): Promise<void> {
  const { code, name, iban, bic, batchBooking, structured } = options;
  const parsed = parseBankProfile({
    name,
    iban,
    ...(code === undefined ? {} : { code }),
    ...(bic === undefined ? {} : { bic }),
    batchBooking: batchBooking === true,
    remittance: structured === true ? 'structured' : 'text',
  });
  if ('faults' in parsed)
    throw new UsageFault(parsed.faults.map(({ path, message }) => `--${path}: ${message}`).join('\n'));
  const { profile } = parsed;
  await acting(options, async ({ registers, person, commandId }) => {
    const write = onlyFor(person, keeps['bank-profiles'], setBankProfile(person.id, profile));
    const outcome = await registers.register(commandId, person, 'set-bank-profile', profile, write);
    if (!outcome.accepted) throw refusedHere(registerProblem(outcome.refused).problem);
    const { profile: set, version } = outcome.result;
    process.stdout.write(
      options.json
        ? `${JSON.stringify(outcome.result)}\n`
        : `Bank profile ${set} is set, version ${version}.\n`,
    );
  });
}

/** `sluis bank profile list` */
export async function listProfiles(options: ActingOptions): Promise<void> {
  await acting(options, async (me) => {
    me.mayRead('bank-profiles');
    const view = me.views.batches;
    for await (const row of everyRow((page) => view.profiles(page))) {
      const { code, version, name, iban, bic, batchBooking, remittance } = row;
      const words = [code, `version ${version}`, iban, bic ?? 'no BIC', name, `${remittance} reference`];
      const booked = batchBooking ? 'one booking a batch' : 'one booking a payment';
      process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : `${[...words, booked].join('  ')}\n`);
    }
  });
}
