import { formatAmount } from '#domain/money.js';

/** A payment that a bank answers: what its file repeats of it. */
export interface AnsweredPayment {
  readonly endToEndId: string;
  readonly amountCents: bigint;
  readonly iban: string;
  readonly name: string;
  /** The bank's own reference; `BANK-<endToEndId>` unless given, `BACK-…` of a return. */
  readonly bankReference?: string;
  readonly bookedOn?: string;
}

export interface StatementOptions {
  readonly messageId?: string;
  readonly createdAt?: string;
  /** IBAN of the account; the profile's of `payments.ts` unless given. */
  readonly account?: string;
  readonly currency?: string;
  readonly bookedOn?: string;
  /** BOOK unless given; PDNG for what is not booked yet. */
  readonly status?: string;
  /** The payments came back, for this reason: credits with return information. */
  readonly returned?: string;
  /** All in one booking: with their transactions, or (`details: false`) only the name of the payment file. */
  readonly bundled?: { readonly messageId: string; readonly details: boolean };
}

export interface StatusOptions {
  readonly messageId?: string;
  readonly createdAt?: string;
  /** MsgId of the payment file that is answered. */
  readonly originalMessageId: string;
  /** Status of each payment: ACSP unless given; RJCT goes with `reason`. */
  readonly status?: string;
  readonly reason?: string;
  /** Status of the whole file: PART unless given. The payments are left out where it is RJCT. */
  readonly groupStatus?: string;
}

type Statement = Required<Omit<StatementOptions, 'returned' | 'bundled'>> & StatementOptions;
type CamtKind = 'camt.053' | 'camt.054';

const messages = {
  'camt.053': { message: 'BkToCstmrStmt', part: 'Stmt' },
  'camt.054': { message: 'BkToCstmrDbtCdtNtfctn', part: 'Ntfctn' },
} as const;
const PIECE_LENGTH = 65_536;

/** A statement, camt.053.001.08, with an entry for each payment: debits, or returns of them. */
export function camt053(payments: readonly AnsweredPayment[], options: StatementOptions = {}): string {
  return camt('camt.053', payments, options);
}

/** The same as a debit and credit notification, camt.054.001.08. */
export function camt054(payments: readonly AnsweredPayment[], options: StatementOptions = {}): string {
  return camt('camt.054', payments, options);
}

/** A large statement piece by piece, one entry a payment; a hundred thousand make some 73 MB. */
export async function* camt053Pieces(
  payments: Iterable<AnsweredPayment> | AsyncIterable<AnsweredPayment>,
  options: Omit<StatementOptions, 'bundled'> = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const statement = complete(options);
  let piece = opening('camt.053', statement);
  for await (const payment of payments) {
    piece += entry([payment], statement);
    if (piece.length < PIECE_LENGTH) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  yield Buffer.from(piece + closing('camt.053'));
}

/** Payments `1` to `count` of a made-up batch: `BIG-<n>-1-1`, 1.01 euro, 1.02 euro … */
export function* manyPayments(count: number): Generator<AnsweredPayment, void, undefined> {
  for (let n = 1; n <= count; n += 1) {
    yield {
      endToEndId: `BIG-${n}-1-1`,
      amountCents: 100n + BigInt(n),
      iban: 'BE71096123456769',
      name: `Vereniging ${n}`,
    };
  }
}

/** A status report, pain.002.001.10. */
export function pain002(payments: readonly AnsweredPayment[], options: StatusOptions): string {
  const { messageId = 'STATUS-1', createdAt = '2024-02-20T17:00:00+01:00', originalMessageId } = options;
  const { groupStatus = 'PART', status = 'ACSP', reason } = options;
  const why = reason === undefined ? '' : `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn></StsRsnInf>`;
  const whole = groupStatus === 'RJCT';
  const transactions = payments.map(
    ({ endToEndId, amountCents, iban, name }) =>
      `<TxInfAndSts><OrgnlEndToEndId>${endToEndId}</OrgnlEndToEndId><TxSts>${status}</TxSts>${status === 'RJCT' ? why : ''}<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">${formatAmount(amountCents)}</InstdAmt></Amt><Cdtr><Pty><Nm>${escaped(name)}</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>${iban}</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>`,
  );
  const block = `<OrgnlPmtInfAndSts><OrgnlPmtInfId>${originalMessageId}</OrgnlPmtInfId>${transactions.join('\n')}</OrgnlPmtInfAndSts>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>${createdAt}</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>${originalMessageId}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>${payments.length}</OrgnlNbOfTxs><GrpSts>${groupStatus}</GrpSts>${whole ? why : ''}</OrgnlGrpInfAndSts>
${whole ? '' : block}
</CstmrPmtStsRpt></Document>
`;
}

/** A text as a file comes: in chunks of bytes. */
export async function* bytesOf(
  text: string | Uint8Array,
  size = 65_536,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function camt(kind: CamtKind, payments: readonly AnsweredPayment[], options: StatementOptions): string {
  const statement = complete(options);
  const entries =
    statement.bundled === undefined
      ? payments.map((payment) => entry([payment], statement)).join('')
      : entry(payments, statement);
  return opening(kind, statement) + entries + closing(kind);
}

function complete(options: StatementOptions): Statement {
  return {
    messageId: 'STATEMENT-1',
    createdAt: '2024-02-23T06:00:00+01:00',
    account: 'BE68539007547034',
    currency: 'EUR',
    bookedOn: '2024-02-22',
    status: 'BOOK',
    ...options,
  };
}

function opening(kind: CamtKind, { messageId, createdAt, account, currency }: Statement): string {
  const { message, part } = messages[kind];
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:${kind}.001.08"><${message}>
<GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>${createdAt}</CreDtTm></GrpHdr>
<${part}><Id>${messageId}</Id><CreDtTm>${createdAt}</CreDtTm><Acct><Id><IBAN>${account}</IBAN></Id><Ccy>${currency}</Ccy></Acct>
`;
}

function closing(kind: CamtKind): string {
  const { message, part } = messages[kind];
  return `</${part}></${message}></Document>\n`;
}

function entry(payments: readonly AnsweredPayment[], statement: Statement): string {
  const { bundled, returned, status, currency } = statement;
  const [first] = payments;
  const total = payments.reduce((sum, { amountCents }) => sum + amountCents, 0n);
  const credit = returned !== undefined;
  const reference = bundled === undefined ? referenceOf(first, credit) : `BANK-${bundled.messageId}`;
  const batch =
    bundled === undefined
      ? ''
      : `<Btch><MsgId>${bundled.messageId}</MsgId><PmtInfId>${bundled.messageId}</PmtInfId><NbOfTxs>${payments.length}</NbOfTxs></Btch>`;
  const details =
    bundled?.details === false ? '' : payments.map((payment) => transaction(payment, statement)).join('\n');
  return `<Ntry><Amt Ccy="${currency}">${formatAmount(total)}</Amt><CdtDbtInd>${credit ? 'CRDT' : 'DBIT'}</CdtDbtInd><Sts><Cd>${status}</Cd></Sts><BookgDt><Dt>${first?.bookedOn ?? statement.bookedOn}</Dt></BookgDt><ValDt><Dt>${first?.bookedOn ?? statement.bookedOn}</Dt></ValDt><AcctSvcrRef>${reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>${credit ? 'RRTN' : 'ESCT'}</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls>${batch}${details}</NtryDtls></Ntry>
`;
}

function transaction(payment: AnsweredPayment, { account, currency, returned }: Statement): string {
  const { endToEndId, amountCents, iban, name } = payment;
  const credit = returned !== undefined;
  const [theirs, ours] = credit ? ['Dbtr', 'Cdtr'] : ['Cdtr', 'Dbtr'];
  const parties = [
    `<${ours}Acct><Id><IBAN>${account}</IBAN></Id></${ours}Acct>`,
    `<${theirs}><Pty><Nm>${escaped(name)}</Nm></Pty></${theirs}><${theirs}Acct><Id><IBAN>${iban}</IBAN></Id></${theirs}Acct>`,
  ];
  const why = credit ? `<RtrInf><Rsn><Cd>${returned}</Cd></Rsn></RtrInf>` : '';
  return `<TxDtls><Refs><AcctSvcrRef>${referenceOf(payment, credit)}</AcctSvcrRef><EndToEndId>${endToEndId}</EndToEndId></Refs><Amt Ccy="${currency}">${formatAmount(amountCents)}</Amt><CdtDbtInd>${credit ? 'CRDT' : 'DBIT'}</CdtDbtInd><RltdPties>${credit ? parties.toReversed().join('') : parties.join('')}</RltdPties><RmtInf><Ustrd>${endToEndId}</Ustrd></RmtInf>${why}</TxDtls>`;
}

function referenceOf(payment: AnsweredPayment | undefined, credit: boolean): string {
  return payment?.bankReference ?? `${credit ? 'BACK' : 'BANK'}-${payment?.endToEndId ?? ''}`.slice(0, 35);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
