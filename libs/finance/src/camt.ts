/**
 * camt.053.001.08 (statement of an account) and camt.054.001.08 (its debit and credit notification): the same
 * entries under other names. Meanings are those of the ISO 20022 message definition reports.
 */
import { withoutIbans } from '#domain/account-number.js';
import type { BankAnswer, BankEntry } from '#domain/bank-file.js';
import { quoted } from '#domain/parsed.js';

import type { BankFileParts, Money } from './bank-file-parts.js';
import { bankText, ibanOrNull, parseBankDate, parseCount } from './bank-values.js';
import type { Fields, Scope } from './xml-fields.js';

/** What the message of a kind, its parts, and a part in words are called. */
export const camtMessages = {
  'camt.053.001.08': { message: 'BkToCstmrStmt', part: 'Stmt', words: 'statement' },
  'camt.054.001.08': { message: 'BkToCstmrDbtCdtNtfctn', part: 'Ntfctn', words: 'notification' },
} as const;

/**
 * Transfers that came back, in the bank transaction code: families of issued and received credit transfers (ICDT,
 * RCDT) and of instant ones (IRCT, RRCT), sub-families "reversal due to payment return" and "… to payment
 * cancellation request".
 */
const TRANSFER_FAMILIES: readonly (string | undefined)[] = ['ICDT', 'RCDT', 'IRCT', 'RRCT'];
const RETURN_SUB_FAMILIES: readonly (string | undefined)[] = ['RRTN', 'RPCR'];

const codeFields = ['BkTxCd/Domn/Fmly/Cd', 'BkTxCd/Domn/Fmly/SubFmlyCd'];

const entryFields: Pick<Scope, 'fields' | 'late'> = {
  fields: [
    'NtryRef',
    'Amt',
    'Amt@Ccy',
    'CdtDbtInd',
    'RvslInd',
    'Sts/Cd',
    'Sts/Prtry',
    'BookgDt/Dt',
    'BookgDt/DtTm',
    'AcctSvcrRef',
    'AddtlNtryInf',
    ...codeFields,
  ],
  late: ['AddtlNtryInf'],
};

const batchFields = ['MsgId', 'PmtInfId', 'NbOfTxs', 'TtlAmt', 'TtlAmt@Ccy', 'CdtDbtInd'].map(
  (name) => `Btch/${name}`,
);

const transactionFields: Pick<Scope, 'fields' | 'repeated' | 'marks'> = {
  fields: [
    'Refs/MsgId',
    'Refs/PmtInfId',
    'Refs/AcctSvcrRef',
    'Refs/EndToEndId',
    'Amt',
    'Amt@Ccy',
    'CdtDbtInd',
    'AmtDtls/TxAmt/Amt',
    'AmtDtls/TxAmt/Amt@Ccy',
    'RtrInf/Rsn/Cd',
    'RtrInf/Rsn/Prtry',
    'AddtlTxInf',
    'RltdPties/Dbtr/Pty/Nm',
    'RltdPties/DbtrAcct/Id/IBAN',
    'RltdPties/Cdtr/Pty/Nm',
    'RltdPties/CdtrAcct/Id/IBAN',
    ...codeFields,
  ],
  repeated: ['RmtInf/Ustrd', 'RmtInf/Strd/CdtrRefInf/Ref', 'RtrInf/AddtlInf'],
  marks: ['RtrInf'],
};

/** One transaction of an entry, or one batch without its transactions, until it is known whether it is the only one. */
interface Item {
  readonly place: string;
  readonly transaction: Fields | null;
  readonly batch: Fields;
  /** No other transaction stands in the same NtryDtls. */
  aloneInBatch: boolean;
}

const nothing: Fields = new Map();

/**
 * What of a statement or notification is read, into `parts`:
 * - An entry counts when it is booked (`Sts/Cd` BOOK); any other status (PDNG, INFO, FUTR, the bank's own) is
 *   `acknowledged`.
 * - A transaction's own `CdtDbtInd` tells debit from credit, else its entry's. A booked debit is `settled`.
 * - A credit is `returned` where it has return information (`RtrInf`), where its entry is a reversal (`RvslInd`:
 *   "if the indicator is CRDT and the reversal is true, the original operation was a debit"), or by its bank
 *   transaction code; else it is a `credit`.
 * - A debit with one of these signs takes back a credit that came in. It pays nobody, and whoever sent that credit
 *   chose its EndToEndId: it is `settled` without EndToEndId and message, so that it waits for a person.
 * - A bundled entry gives one BankEntry for each `TxDtls`, with its `Amt`, else `AmtDtls/TxAmt`, else, where it is
 *   the entry's only one, the entry's; any other is a fault. A rejection within a debit that was booked is not
 *   known to these messages: it comes in pain.002, or as a credit that returns it.
 * - `Btch` without `TxDtls`, or with only one that sums up more payments than one and names none, is a `wholeFile`
 *   entry. Its message is the batch's MsgId, else its PmtInfId: our payment files have one block of the same name.
 *
 * Throws a BankFileFault where account, amount, currency, status or direction are missing or wrong.
 */
export function camtScope(kind: keyof typeof camtMessages, parts: BankFileParts): Scope {
  const reader = new CamtReader(kind, parts);
  return {
    scopes: {
      GrpHdr: { fields: ['MsgId', 'CreDtTm'], close: (fields) => parts.head(fields) },
      [camtMessages[kind].part]: {
        fields: ['Acct/Id/IBAN'],
        open: (fields) => reader.openAccount(fields),
        close: () => reader.account(),
        scopes: {
          Ntry: {
            ...entryFields,
            open: (fields) => reader.openEntry(fields),
            close: () => reader.closeEntry(),
            scopes: {
              NtryDtls: {
                fields: batchFields,
                open: (fields) => reader.openDetails(fields),
                close: () => reader.closeDetails(),
                scopes: { TxDtls: { ...transactionFields, close: (fields) => reader.transaction(fields) } },
              },
            },
          },
        },
      },
    },
    close: () => reader.close(),
  };
}

class CamtReader {
  private statements = 0;
  private entries = 0;
  private items = 0;
  private inBatch = 0;
  private statement: Fields = nothing;
  private entry: Fields = nothing;
  private batch: Fields = nothing;
  private held: Item | null = null;

  constructor(
    private readonly kind: keyof typeof camtMessages,
    private readonly parts: BankFileParts,
  ) {}

  openAccount(fields: Fields): void {
    this.parts.needHead(camtMessages[this.kind].part);
    this.statements += 1;
    this.entries = 0;
    this.statement = fields;
  }

  /** IBAN of the account that the statement is of. */
  account(): string {
    const place = `${camtMessages[this.kind].words} ${this.statements}`;
    const iban = this.statement.get('Acct/Id/IBAN') ?? this.parts.missing(place, 'Acct/Id/IBAN');
    return ibanOrNull(iban) ?? this.fail(place, '<Acct/Id/IBAN> holds no IBAN');
  }

  openEntry(fields: Fields): void {
    this.account();
    this.entries += 1;
    this.items = 0;
    this.entry = fields;
    this.held = null;
  }

  openDetails(fields: Fields): void {
    this.batch = fields;
    this.inBatch = 0;
  }

  transaction(fields: Fields): void {
    this.inBatch += 1;
    this.hold(fields, 'transaction');
  }

  closeDetails(): void {
    const { batch, held } = this;
    const told = ['Btch/MsgId', 'Btch/PmtInfId', 'Btch/NbOfTxs'].some((path) => batch.has(path));
    if (this.inBatch === 0 && told) this.hold(null, 'batch');
    else if (this.inBatch === 1 && held !== null) held.aloneInBatch = true;
  }

  closeEntry(): void {
    const place = this.entryPlace();
    const item = this.held ?? { place, transaction: null, batch: nothing, aloneInBatch: true };
    this.give(this.items > 1 ? item : { ...item, place }, this.items <= 1);
  }

  close(): void {
    const { message, part } = camtMessages[this.kind];
    if (this.statements === 0) throw this.parts.missing(message, part);
  }

  private entryPlace(): string {
    return `${camtMessages[this.kind].words} ${this.statements}, entry ${this.entries}`;
  }

  /** Only the latest is held: an entry may bundle a hundred thousand. */
  private hold(transaction: Fields | null, word: string): void {
    if (this.held !== null) this.give(this.held, false);
    this.items += 1;
    const place = `${this.entryPlace()}, ${word} ${this.items}`;
    this.held = { place, transaction, batch: this.batch, aloneInBatch: false };
  }

  private fail(place: string, sentence: string): never {
    throw this.parts.fault(place, sentence);
  }

  private give(item: Item, onlyOne: boolean): void {
    const { parts, entry } = this;
    const { place, batch } = item;
    const fields = item.transaction ?? nothing;
    const credit = this.isCredit(item);
    const back = this.comesBack(fields, place);
    const answer = this.answer(place, credit, back);
    const takenBack = !credit && back;
    const count = batch.get('Btch/NbOfTxs');
    const payments = count === undefined ? null : parts.take(parseCount(count), place, 'Btch/NbOfTxs');
    const endToEndId = parts.id(fields, 'Refs/EndToEndId', place);
    const wholeFile = !takenBack && answer !== 'credit' && isWholeFile(item, endToEndId, payments);
    const moved = { answer, endToEndId, takenBack, wholeFile };
    parts.entry({
      place,
      answer,
      endToEndId: takenBack ? null : endToEndId,
      messageId: takenBack || answer === 'credit' ? null : this.messageId(fields, batch, place),
      wholeFile,
      count: wholeFile ? payments : null,
      ...this.money(item, onlyOne),
      bankReference:
        parts.id(fields, 'Refs/AcctSvcrRef', place) ??
        parts.id(entry, 'AcctSvcrRef', place) ??
        parts.id(entry, 'NtryRef', place),
      bookedOn: this.bookedOn(place),
      account: this.account(),
      counterparty: this.counterparty(fields, credit),
      ...this.reason(fields, moved),
      text: this.text(fields, onlyOne),
    });
  }

  private isCredit({ transaction, batch, place }: Item): boolean {
    const own = transaction === null ? batch.get('Btch/CdtDbtInd') : transaction.get('CdtDbtInd');
    const direction =
      own ?? this.entry.get('CdtDbtInd') ?? this.parts.missing(this.entryPlace(), 'CdtDbtInd');
    if (direction === 'CRDT' || direction === 'DBIT') return direction === 'CRDT';
    return this.fail(place, `<CdtDbtInd> is ${quoted(direction)}; it is CRDT or DBIT`);
  }

  private answer(place: string, credit: boolean, back: boolean): BankAnswer {
    const status = this.entry.get('Sts/Cd') ?? this.entry.get('Sts/Prtry');
    if (status === undefined) return this.parts.missing(place, 'Sts/Cd');
    if (this.entry.get('Sts/Cd') !== 'BOOK') return 'acknowledged';
    if (!credit) return 'settled';
    return back ? 'returned' : 'credit';
  }

  /** Whether it undoes an earlier movement: one the other way. */
  private comesBack(fields: Fields, place: string): boolean {
    const reversal = this.entry.get('RvslInd') ?? 'false';
    if (!['true', '1', 'false', '0'].includes(reversal)) {
      this.fail(place, `<RvslInd> is ${quoted(reversal)}; it is true or false`);
    }
    if (reversal === 'true' || reversal === '1' || fields.has('RtrInf')) return true;
    const coded = fields.has('BkTxCd/Domn/Fmly/Cd') ? fields : this.entry;
    return (
      TRANSFER_FAMILIES.includes(coded.get('BkTxCd/Domn/Fmly/Cd')) &&
      RETURN_SUB_FAMILIES.includes(coded.get('BkTxCd/Domn/Fmly/SubFmlyCd'))
    );
  }

  private messageId(fields: Fields, batch: Fields, place: string): string | null {
    return (
      this.parts.id(fields, 'Refs/MsgId', place) ??
      this.parts.id(batch, 'Btch/MsgId', place) ??
      this.parts.id(batch, 'Btch/PmtInfId', place) ??
      this.parts.id(fields, 'Refs/PmtInfId', place)
    );
  }

  private money({ transaction, batch, place }: Item, onlyOne: boolean): Money {
    const { parts, entry } = this;
    const entryMoney =
      parts.amount(entry, 'Amt', this.entryPlace()) ?? parts.missing(this.entryPlace(), 'Amt');
    if (transaction === null) {
      return onlyOne
        ? entryMoney
        : (parts.amount(batch, 'Btch/TtlAmt', place) ?? parts.missing(place, 'Btch/TtlAmt'));
    }
    return (
      parts.amount(transaction, 'Amt', place) ??
      parts.amount(transaction, 'AmtDtls/TxAmt/Amt', place) ??
      (onlyOne ? entryMoney : parts.missing(place, 'Amt'))
    );
  }

  private bookedOn(place: string): string | null {
    const path = this.entry.has('BookgDt/Dt') ? 'BookgDt/Dt' : 'BookgDt/DtTm';
    const text = this.entry.get(path);
    return text === undefined ? null : this.parts.take(parseBankDate(text), place, path);
  }

  /** The other side: creditor of a debit, debtor of a credit. Some banks leave the sides of a return as they were. */
  private counterparty(fields: Fields, credit: boolean): BankEntry['counterparty'] {
    const [first, second] = credit ? (['Dbtr', 'Cdtr'] as const) : (['Cdtr', 'Dbtr'] as const);
    const ours = ibanOrNull(fields.get(`RltdPties/${first}Acct/Id/IBAN`)) === this.account();
    const side = ours ? second : first;
    return {
      iban: ibanOrNull(fields.get(`RltdPties/${side}Acct/Id/IBAN`)),
      name: bankText(fields.get(`RltdPties/${side}/Pty/Nm`)),
    };
  }

  private reason(
    fields: Fields,
    { answer, takenBack, endToEndId }: { answer: BankAnswer; takenBack: boolean; endToEndId: string | null },
  ): Pick<BankEntry, 'reasonCode' | 'reason'> {
    const words = bankText(fields.get('RtrInf/AddtlInf'));
    const why = this.parts.reason(fields, 'RtrInf/Rsn', words === null ? null : withoutIbans(words));
    if (answer === 'returned') return why;
    if (!takenBack || answer === 'acknowledged') return { reasonCode: null, reason: null };
    const named = endToEndId === null ? '' : ` ${quoted(endToEndId)}`;
    return { reasonCode: why.reasonCode, reason: `takes back a credit${named}: ${why.reason}` };
  }

  private text(fields: Fields, onlyOne: boolean): string | null {
    return bankText(
      fields.get('RmtInf/Ustrd') ??
        fields.get('RmtInf/Strd/CdtrRefInf/Ref') ??
        fields.get('AddtlTxInf') ??
        (onlyOne ? this.entry.get('AddtlNtryInf') : undefined),
    );
  }
}

function isWholeFile(item: Item, endToEndId: string | null, payments: number | null): boolean {
  if (item.transaction === null) return item.batch !== nothing;
  return item.aloneInBatch && endToEndId === null && (payments ?? 1) > 1;
}
