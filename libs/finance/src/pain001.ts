/**
 * The writer of pain.001.001.09 (ISO 20022, customer credit transfer initiation) for SEPA credit transfers: one
 * payment information block for one debtor account and day. Elements stand in the schema's order.
 */
import { type Cents, formatAmount } from '#domain/money.js';
import { quoted } from '#domain/parsed.js';
import type { BankProfile, PaymentFileHead, PaymentLine, PostalAddress } from '#domain/payment.js';

import { headFault, lineFault } from './payment-line-checks.js';
import { SeenIds } from './seen-ids.js';
import { sepaText } from './sepa-text.js';

export const PAIN_FORMAT = 'pain.001.001.09';
/** Large enough that writing costs little, small enough that memory stays flat. */
const PIECE_LENGTH = 65_536;

/**
 * The file in pieces of some 64 KB, ASCII throughout. The same head and lines give the same bytes. Lines come in
 * ascending positions; each is checked again on its way, and the sums of the head against them at the end: a file
 * counts only when the last piece has come.
 *
 * @throws RangeError, while it is read, that names the line (position and EndToEndId) and the rule it breaks, or what of the head is wrong.
 */
export async function* painFile(
  head: PaymentFileHead,
  lines: AsyncIterable<readonly PaymentLine[]>,
): AsyncGenerator<string, void, undefined> {
  const profile = { ...head.profile, name: sepaText(head.profile.name) };
  const wrong = headFault({ ...head, profile });
  if (wrong !== null) throw fileError(head, wrong);
  const tally = new Tally(head);
  const structured = profile.remittance === 'structured';
  let piece = opening(head, profile);
  for await (const chunk of lines) {
    for (const line of chunk) {
      tally.count(line);
      piece += transaction(line, structured);
      if (piece.length < PIECE_LENGTH) continue;
      yield piece;
      piece = '';
    }
  }
  tally.close();
  yield `${piece}</PmtInf>\n</CstmrCdtTrfInitn></Document>\n`;
}

/** What has passed of a file, and whether it may go on. */
class Tally {
  private lines = 0;
  private cents: Cents = 0n;
  private position = -1;
  private readonly seen: SeenIds;

  constructor(private readonly head: PaymentFileHead) {
    this.seen = new SeenIds(head.lines);
  }

  count(line: PaymentLine): void {
    const wrong = this.faultOf(line);
    if (wrong !== null) {
      throw fileError(this.head, `position ${line.position}, ${quoted(line.endToEndId)}: ${wrong}`);
    }
    this.lines += 1;
    this.cents += line.amountCents;
    this.position = line.position;
  }

  private faultOf(line: PaymentLine): string | null {
    if (this.lines === this.head.lines) return `one more than the ${this.head.lines} of the head`;
    if (!Number.isSafeInteger(line.position) || line.position <= this.position) {
      return `comes after position ${this.position}; positions ascend from 0`;
    }
    const wrong = lineFault(line, this.head.profile.remittance);
    if (wrong !== null) return wrong;
    return this.seen.add(line.endToEndId) ? null : 'its EndToEndId came before in this file';
  }

  close(): void {
    const { lines, amountCents } = this.head;
    if (this.lines === lines && this.cents === amountCents) return;
    throw fileError(
      this.head,
      `its ${this.lines} lines make ${formatAmount(this.cents)}; the head says ${lines} and ${formatAmount(amountCents)}`,
    );
  }
}

function fileError(head: PaymentFileHead, cause: string): RangeError {
  return new RangeError(`payment file ${quoted(head.messageId)}: ${cause}`);
}

// Nothing below is escaped: the checks let only SEPA characters through, and none of those is special in XML.

function opening(head: PaymentFileHead, profile: BankProfile): string {
  const sums = `<NbOfTxs>${head.lines}</NbOfTxs><CtrlSum>${formatAmount(head.amountCents)}</CtrlSum>`;
  const payer = `<Nm>${profile.name}</Nm>`;
  const bank = profile.bic === null ? '<Othr><Id>NOTPROVIDED</Id></Othr>' : `<BICFI>${profile.bic}</BICFI>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${PAIN_FORMAT}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>${head.messageId}</MsgId><CreDtTm>${head.createdAt.slice(0, 19)}Z</CreDtTm>${sums}<InitgPty>${payer}</InitgPty></GrpHdr>
<PmtInf><PmtInfId>${head.messageId}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>${profile.batchBooking}</BtchBookg>${sums}<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>${head.executeOn}</Dt></ReqdExctnDt><Dbtr>${payer}</Dbtr><DbtrAcct><Id><IBAN>${profile.iban}</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId>${bank}</FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>
`;
}

function transaction(line: PaymentLine, structured: boolean): string {
  const remittance = structured
    ? `<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr></Tp><Ref>${line.remittance}</Ref></CdtrRefInf></Strd>`
    : `<Ustrd>${line.remittance}</Ustrd>`;
  return `<CdtTrfTxInf><PmtId><EndToEndId>${line.endToEndId}</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">${formatAmount(line.amountCents)}</InstdAmt></Amt><Cdtr><Nm>${line.payee}</Nm>${postalAddress(line.address)}</Cdtr><CdtrAcct><Id><IBAN>${line.iban}</IBAN></Id></CdtrAcct><RmtInf>${remittance}</RmtInf></CdtTrfTxInf>\n`;
}

function postalAddress(address: PostalAddress | null): string {
  if (address === null) return '';
  const { street, number, postCode, town, country } = address;
  return `<PstlAdr>${element('StrtNm', street)}${element('BldgNb', number)}${element('PstCd', postCode)}<TwnNm>${town}</TwnNm><Ctry>${country}</Ctry></PstlAdr>`;
}

function element(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${text}</${name}>`;
}
