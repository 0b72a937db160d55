/**
 * pain.002.001.10, what a bank says of a payment file before the money moves: of the whole file, of its payment
 * information block, of single payments. Meanings are those of the ISO 20022 message definition report.
 */
import { withoutIbans } from '#domain/account-number.js';
import type { BankAnswer, BankEntry } from '#domain/bank-file.js';

import type { BankFileParts } from './bank-file-parts.js';
import { bankText, ibanOrNull, parseCount } from './bank-values.js';
import type { Fields, Scope } from './xml-fields.js';

const reasonFields = ['StsRsnInf/Rsn/Cd', 'StsRsnInf/Rsn/Prtry', 'StsRsnInf/AddtlInf'];

/** Statuses in words, of ExternalPaymentGroupStatus1Code and ExternalPaymentTransactionStatus1Code. */
const statuses: ReadonlyMap<string, string> = new Map([
  ['ACCC', 'credited to the account of the payee'],
  ['ACCP', 'accepted after the check of the customer profile'],
  ['ACFC', 'accepted after the check of the funds'],
  ['ACIS', 'accepted and a cheque issued'],
  ['ACPD', 'accepted for the clearing'],
  ['ACSC', 'settled on the account that pays'],
  ['ACSP', 'accepted, settlement in process'],
  ['ACTC', 'accepted after the technical check'],
  ['ACWC', 'accepted with a change'],
  ['ACWP', 'accepted, not yet credited to the payee'],
  ['BLCK', 'blocked'],
  ['CANC', 'cancelled on request'],
  ['PART', 'accepted in part'],
  ['PATC', 'partly accepted, more signatures needed'],
  ['PDNG', 'pending'],
  ['PRES', 'presented'],
  ['RCVD', 'received'],
]);

const originalFields = ['Amt/InstdAmt', 'Amt/InstdAmt@Ccy', 'Cdtr/Pty/Nm', 'CdtrAcct/Id/IBAN'].map(
  (path) => `OrgnlTxRef/${path}`,
);

const nothing: Fields = new Map();

/**
 * What of a status report is read, into `parts`:
 * - Only RJCT is `rejected`; every other status is `acknowledged`, ACSC and ACCC too (the proof is the booked
 *   debit), and CANC (a person asked for that, and decides what follows).
 * - A group status gives one `wholeFile` entry. So does the status of a payment information block, whose count is
 *   then the block's: our payment files have one block each. A rejected file's blocks do not repeat it.
 * - Each `TxInfAndSts` gives one entry; without a status of its own it has its block's, else its group's, and so
 *   with a reason. They come after the entry of the whole file and do not take back what that says.
 * - `bankReference` is the status's own identification (`StsId`): `AcctSvcrRef` names the payment, and a payment
 *   has several statuses.
 *
 * Throws a BankFileFault where the message that is answered is not named, or a value is wrong.
 */
export function pain002Scope(parts: BankFileParts): Scope {
  const reader = new StatusReader(parts);
  return {
    scopes: {
      GrpHdr: { fields: ['MsgId', 'CreDtTm'], close: (fields) => parts.head(fields) },
      OrgnlGrpInfAndSts: {
        fields: ['OrgnlMsgId', 'OrgnlNbOfTxs', 'GrpSts'],
        repeated: reasonFields,
        close: (fields) => reader.group(fields),
      },
      OrgnlPmtInfAndSts: {
        fields: ['OrgnlPmtInfId', 'OrgnlNbOfTxs', 'PmtInfSts'],
        repeated: reasonFields,
        open: (fields) => reader.openBlock(fields),
        close: () => reader.tellBlock(),
        scopes: {
          TxInfAndSts: {
            fields: ['StsId', 'OrgnlEndToEndId', 'TxSts', ...originalFields],
            repeated: [...reasonFields, 'OrgnlTxRef/RmtInf/Ustrd', 'OrgnlTxRef/RmtInf/Strd/CdtrRefInf/Ref'],
            open: () => reader.tellBlock(),
            close: (fields) => reader.transaction(fields),
          },
        },
      },
    },
    close: () => {
      reader.messageId('CstmrPmtStsRpt');
    },
  };
}

class StatusReader {
  private blocks = 0;
  private transactions = 0;
  private told = false;
  private groupFields: Fields = nothing;
  private block: Fields = nothing;

  constructor(private readonly parts: BankFileParts) {}

  /** MsgId of the payment file that is answered. */
  messageId(place: string): string {
    return (
      this.parts.id(this.groupFields, 'OrgnlMsgId', place) ??
      this.parts.missing(place, 'OrgnlGrpInfAndSts/OrgnlMsgId')
    );
  }

  group(fields: Fields): void {
    this.parts.needHead('OrgnlGrpInfAndSts');
    if (this.groupFields !== nothing) throw this.parts.fault('group status', 'it stands twice');
    this.groupFields = fields;
    const status = fields.get('GrpSts');
    if (status !== undefined) this.whole('group status', fields, status);
  }

  openBlock(fields: Fields): void {
    this.blocks += 1;
    this.transactions = 0;
    this.told = false;
    this.block = fields;
    this.messageId(`payment information ${this.blocks}`);
  }

  /** The status of the block, before those of its payments. */
  tellBlock(): void {
    const status = this.block.get('PmtInfSts');
    if (this.told || status === undefined || this.groupFields.get('GrpSts') === 'RJCT') return;
    this.told = true;
    this.whole(`payment information ${this.blocks}`, this.block, status);
  }

  transaction(fields: Fields): void {
    this.transactions += 1;
    const place = `payment information ${this.blocks}, transaction ${this.transactions}`;
    const status = fields.get('TxSts') ?? this.block.get('PmtInfSts') ?? this.groupFields.get('GrpSts') ?? '';
    const explained = [fields, this.block, this.groupFields].find(hasReason) ?? nothing;
    const money = this.parts.amount(fields, 'OrgnlTxRef/Amt/InstdAmt', place);
    const original =
      fields.get('OrgnlTxRef/RmtInf/Ustrd') ?? fields.get('OrgnlTxRef/RmtInf/Strd/CdtrRefInf/Ref');
    this.parts.entry({
      ...this.said(place, status, explained),
      endToEndId: this.parts.id(fields, 'OrgnlEndToEndId', place),
      wholeFile: false,
      count: null,
      amountCents: money?.amountCents ?? null,
      currency: money?.currency ?? null,
      bankReference: this.parts.id(fields, 'StsId', place),
      counterparty: {
        iban: ibanOrNull(fields.get('OrgnlTxRef/CdtrAcct/Id/IBAN')),
        name: bankText(fields.get('OrgnlTxRef/Cdtr/Pty/Nm')),
      },
      text: bankText(original) ?? wordsOf(status),
    });
  }

  private whole(place: string, fields: Fields, status: string): void {
    const count = fields.get('OrgnlNbOfTxs');
    this.parts.entry({
      ...this.said(place, status, fields),
      endToEndId: null,
      wholeFile: true,
      count: count === undefined ? null : this.parts.take(parseCount(count), place, 'OrgnlNbOfTxs'),
      amountCents: null,
      currency: null,
      bankReference: null,
      counterparty: { iban: null, name: null },
      text: wordsOf(status),
    });
  }

  /** What a status says, with the reason of a rejection. */
  private said(
    place: string,
    status: string,
    explained: Fields,
  ): Pick<BankEntry, 'place' | 'answer' | 'messageId' | 'bookedOn' | 'account' | 'reasonCode' | 'reason'> {
    const answer: BankAnswer = status === 'RJCT' ? 'rejected' : 'acknowledged';
    const words = bankText(explained.get('StsRsnInf/AddtlInf'));
    const why = this.parts.reason(explained, 'StsRsnInf/Rsn', words === null ? null : withoutIbans(words));
    return {
      place,
      answer,
      messageId: this.messageId(place),
      bookedOn: null,
      account: null,
      ...(answer === 'rejected' ? why : { reasonCode: null, reason: null }),
    };
  }
}

function hasReason(fields: Fields): boolean {
  return reasonFields.some((path) => fields.has(path));
}

function wordsOf(status: string): string | null {
  if (status === 'RJCT' || status === '') return null;
  return bankText(`${status}: ${statuses.get(status) ?? 'a status that is not in the list'}`);
}
