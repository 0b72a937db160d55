import { describe, expect, it } from '@jest/globals';

import type { BankEntry } from '#domain/bank-file.js';
import { camt053, camt053Pieces, camt054, manyPayments, pain002 } from '#test/support/bank-answers.js';
import { readAll } from '#test/support/read-bank-file.js';
import { readBankFile } from './bank-file-reader.js';

const IBAN = 'BE68539007547034';
const payment = {
  endToEndId: 'REN-GNT-1-1',
  amountCents: 2_240_000n,
  iban: 'BE71096123456769',
  name: 'Stad Gent',
};

/** A statement around what stands in it, as a bank writes it. */
function statement(entries: string, { kind = '053', account = `<IBAN>${IBAN}</IBAN>` } = {}): string {
  const [message, part] = kind === '053' ? ['BkToCstmrStmt', 'Stmt'] : ['BkToCstmrDbtCdtNtfctn', 'Ntfctn'];
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.${kind}.001.08" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <${message}>
    <GrpHdr><MsgId>KBC-2024-0222</MsgId><CreDtTm>2024-02-23T06:00:00.123+01:00</CreDtTm></GrpHdr>
    <${part}>
      <Id>0222</Id>
      <Acct><Id>${account}</Id><Ccy>EUR</Ccy><Ownr><Nm>VGC</Nm></Ownr></Acct>
      <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100000.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-02-22</Dt></Dt></Bal>
      ${entries}
    </${part}>
  </${message}>
</Document>`;
}

interface Written {
  readonly amount?: string;
  readonly direction?: string;
  readonly status?: string;
  readonly before?: string;
  readonly code?: string;
}

/** An entry with these details; the rest as usual. */
function entry(details: string, { amount, direction, status, before, code }: Written = {}): string {
  return `<Ntry>
        <NtryRef>7</NtryRef><Amt Ccy="EUR">${amount ?? '22400.00'}</Amt><CdtDbtInd>${direction ?? 'DBIT'}</CdtDbtInd>${before ?? ''}
        <Sts><Cd>${status ?? 'BOOK'}</Cd></Sts><BookgDt><Dt>2024-02-22</Dt></BookgDt><ValDt><Dt>2024-02-22</Dt></ValDt>
        <AcctSvcrRef>0222-0001</AcctSvcrRef>
        <BkTxCd>${code ?? '<Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>'}</BkTxCd>
        ${details}
      </Ntry>`;
}

const parties = `<RltdPties><Dbtr><Pty><Nm>VGC</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>${IBAN}</IBAN></Id></DbtrAcct><Cdtr><Pty><Nm>Stad Gent</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></CdtrAcct></RltdPties>`;
const refs = '<Refs><EndToEndId>REN-GNT-1-1</EndToEndId></Refs>';

async function only(text: string): Promise<BankEntry> {
  const { entries } = await readAll(text);
  expect(entries).toHaveLength(1);
  return entries[0] as BankEntry;
}

describe('a statement', () => {
  it('tells of a booked debit all that is asked', async () => {
    const details = `<NtryDtls><TxDtls><Refs><MsgId>SLUIS-7</MsgId><AcctSvcrRef>TX-1</AcctSvcrRef><EndToEndId>REN-GNT-1-1</EndToEndId></Refs><Amt Ccy="EUR">22400</Amt><CdtDbtInd>DBIT</CdtDbtInd>${parties}<RmtInf><Ustrd>REN-GNT tranche 1</Ustrd><Ustrd>Roma &amp; co</Ustrd></RmtInf></TxDtls></NtryDtls>`;
    const { head, entries } = await readAll(statement(entry(details)));
    expect(head).toEqual({
      kind: 'camt.053.001.08',
      messageId: 'KBC-2024-0222',
      createdAt: '2024-02-23T05:00:00.123Z',
    });
    expect(entries).toEqual([
      {
        no: 1,
        place: 'statement 1, entry 1',
        answer: 'settled',
        endToEndId: 'REN-GNT-1-1',
        messageId: 'SLUIS-7',
        wholeFile: false,
        count: null,
        amountCents: 2_240_000n,
        currency: 'EUR',
        bankReference: 'TX-1',
        bookedOn: '2024-02-22',
        account: IBAN,
        counterparty: { iban: 'BE71096123456769', name: 'Stad Gent' },
        reasonCode: null,
        reason: null,
        text: 'REN-GNT tranche 1 Roma & co',
      },
    ]);
  });

  it('is read with prefixes, another default namespace inside, and elements nobody asked for', async () => {
    const plain = statement(entry(`<NtryDtls><TxDtls>${refs}</TxDtls></NtryDtls>`));
    const prefixed = plain
      .replace(/<(\/?)([A-Z])/g, '<$1ns2:$2')
      .replace('xmlns=', 'xmlns:ns2=')
      .replace(
        '<ns2:NtryDtls>',
        '<ns2:NtryDtls><Btch xmlns="urn:other"><NbOfTxs>9</NbOfTxs></Btch><x:TxDtls xmlns:x="urn:other"><x:Amt/></x:TxDtls>',
      );
    expect((await readAll(prefixed)).entries).toEqual((await readAll(plain)).entries);
    expect(await only(prefixed)).toMatchObject({ endToEndId: 'REN-GNT-1-1', amountCents: 2_240_000n });
  });

  it('gives each transaction of a bundled entry with its own amount', async () => {
    const batch = '<Btch><MsgId>SLUIS-7</MsgId><NbOfTxs>2</NbOfTxs></Btch>';
    const first = `<TxDtls>${refs}<Amt Ccy="EUR">10.10</Amt></TxDtls>`;
    const second =
      '<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="EUR">5.5</Amt></TxAmt></AmtDtls></TxDtls>';
    const { entries } = await readAll(
      statement(entry(`<NtryDtls>${batch}${first}${second}</NtryDtls>`, { amount: '15.60' })),
    );
    expect(entries).toMatchObject([
      { no: 1, place: 'statement 1, entry 1, transaction 1', amountCents: 1010n, messageId: 'SLUIS-7' },
      { no: 2, place: 'statement 1, entry 1, transaction 2', amountCents: 550n, endToEndId: null },
    ]);
    expect(entries.map(({ wholeFile, bankReference }) => [wholeFile, bankReference])).toEqual([
      [false, '0222-0001'],
      [false, '0222-0001'],
    ]);
  });

  it.each([
    [
      'a batch without transactions',
      '<Btch><MsgId>SLUIS-7</MsgId><PmtInfId>X</PmtInfId><NbOfTxs>300</NbOfTxs></Btch>',
    ],
    ['one that names only the block', '<Btch><PmtInfId>SLUIS-7</PmtInfId><NbOfTxs>300</NbOfTxs></Btch>'],
    [
      'one whose only transaction sums it up',
      '<Btch><NbOfTxs>300</NbOfTxs></Btch><TxDtls><Refs><MsgId>SLUIS-7</MsgId><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">900.00</Amt></TxDtls>',
    ],
  ])('takes %s for the whole file', async (_, details) => {
    expect(
      await only(statement(entry(`<NtryDtls>${details}</NtryDtls>`, { amount: '900.00' }))),
    ).toMatchObject({
      answer: 'settled',
      wholeFile: true,
      count: 300,
      messageId: 'SLUIS-7',
      endToEndId: null,
      amountCents: 90_000n,
    });
  });

  it('takes several batches of an entry with their own sums', async () => {
    const batch = (id: string, amount: string): string =>
      `<NtryDtls><Btch><MsgId>${id}</MsgId><TtlAmt Ccy="EUR">${amount}</TtlAmt></Btch></NtryDtls>`;
    const { entries } = await readAll(
      statement(entry(batch('A', '1.00') + batch('B', '2.00'), { amount: '3.00' })),
    );
    expect(entries).toMatchObject([
      { place: 'statement 1, entry 1, batch 1', messageId: 'A', amountCents: 100n, wholeFile: true },
      { place: 'statement 1, entry 1, batch 2', messageId: 'B', amountCents: 200n, wholeFile: true },
    ]);
  });

  it('gives an entry without details, its text and reference', async () => {
    const text = entry('<AddtlNtryInf>Account fee</AddtlNtryInf>', { amount: '3' });
    expect(await only(statement(text.replace(/<AcctSvcrRef>.*<\/AcctSvcrRef>/, '')))).toMatchObject({
      answer: 'settled',
      endToEndId: null,
      wholeFile: false,
      amountCents: 300n,
      bankReference: '7',
      text: 'Account fee',
      counterparty: { iban: null, name: null },
    });
  });

  it('counts entries per statement, each with its account', async () => {
    const text = statement(entry('') + entry(''));
    const second = /<Stmt>[^]*<\/Stmt>/.exec(text)?.[0].replace(IBAN, 'BE71096123456769') ?? '';
    const { entries } = await readAll(text.replace('</BkToCstmrStmt>', `${second}</BkToCstmrStmt>`));
    expect(entries.map(({ place, account }) => `${place}: ${account}`)).toEqual([
      `statement 1, entry 1: ${IBAN}`,
      `statement 1, entry 2: ${IBAN}`,
      'statement 2, entry 1: BE71096123456769',
      'statement 2, entry 2: BE71096123456769',
    ]);
  });
});

describe('what an entry of an account says', () => {
  const returned = '<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>';
  const returnCode = '<Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn>';
  const reversal = '<RvslInd>true</RvslInd>';

  it.each<[string, Written & { rest?: string }, Partial<BankEntry>]>([
    ['debit', {}, { answer: 'settled', endToEndId: 'REN-GNT-1-1' }],
    ['debit, pending', { status: 'PDNG' }, { answer: 'acknowledged' }],
    ['debit, for information', { status: 'INFO' }, { answer: 'acknowledged' }],
    ['credit', { direction: 'CRDT' }, { answer: 'credit', messageId: null }],
    [
      'credit, pending return',
      { direction: 'CRDT', status: 'PDNG', rest: returned },
      { answer: 'acknowledged' },
    ],
    [
      'credit with return information',
      { direction: 'CRDT', rest: returned },
      { answer: 'returned', reasonCode: 'AC04', reason: 'the account is closed' },
    ],
    [
      'credit with return information that gives no reason',
      { direction: 'CRDT', rest: '<RtrInf><Orgtr><Nm>Bank</Nm></Orgtr></RtrInf>' },
      { answer: 'returned', reasonCode: null, reason: 'no reason given' },
    ],
    [
      'credit returned for an unknown reason',
      { direction: 'CRDT', rest: '<RtrInf><Rsn><Cd>ZZ99</Cd></Rsn><AddtlInf>see letter</AddtlInf></RtrInf>' },
      { reasonCode: 'ZZ99', reason: 'reason not in the list; ask the bank: see letter' },
    ],
    [
      'credit returned for a reason of the bank',
      { direction: 'CRDT', rest: '<RtrInf><Rsn><Prtry>914</Prtry></Rsn></RtrInf>' },
      { reasonCode: '914', reason: "the bank's own code" },
    ],
    ['credit that reverses', { direction: 'CRDT', before: reversal }, { answer: 'returned' }],
    [
      'credit that does not reverse',
      { direction: 'CRDT', before: '<RvslInd>false</RvslInd>' },
      { answer: 'credit' },
    ],
    ['credit by its code', { direction: 'CRDT', code: returnCode }, { answer: 'returned' }],
    [
      'debit that takes back a credit',
      { before: reversal },
      {
        answer: 'settled',
        endToEndId: null,
        messageId: null,
        reason: 'takes back a credit "REN-GNT-1-1": no reason given',
      },
    ],
    [
      'debit with return information',
      { rest: returned },
      { answer: 'settled', endToEndId: null, reasonCode: 'AC04' },
    ],
    [
      'credit within a debit',
      { rest: `<CdtDbtInd>CRDT</CdtDbtInd>${returned}` },
      { answer: 'returned', endToEndId: 'REN-GNT-1-1' },
    ],
  ])('%s', async (_, { rest, ...written }, expected) => {
    const details = `<NtryDtls><TxDtls>${refs}${rest ?? ''}</TxDtls></NtryDtls>`;
    expect(await only(statement(entry(details, written)))).toMatchObject(expected);
  });

  it('names the other side of a return, also where the bank left the sides as they were', async () => {
    const swapped = parties.replaceAll('Dbtr', 'X').replaceAll('Cdtr', 'Dbtr').replaceAll('X', 'Cdtr');
    for (const sides of [parties, swapped]) {
      const details = `<NtryDtls><TxDtls>${refs}${sides}${returned}</TxDtls></NtryDtls>`;
      expect(await only(statement(entry(details, { direction: 'CRDT' })))).toMatchObject({
        counterparty: { iban: 'BE71096123456769', name: 'Stad Gent' },
      });
    }
  });

  it("keeps account numbers out of the bank's words", async () => {
    const words = `<RtrInf><AddtlInf>account ${IBAN} is closed</AddtlInf></RtrInf>`;
    const details = `<NtryDtls><TxDtls>${refs}${words}</TxDtls></NtryDtls>`;
    expect((await only(statement(entry(details, { direction: 'CRDT' })))).reason).toBe(
      'no reason given: account [account number] is closed',
    );
  });

  it('cuts texts to 140 characters, never within one', async () => {
    const details = `<NtryDtls><TxDtls>${refs}<RmtInf><Ustrd>${'a'.repeat(139)}😀</Ustrd></RmtInf></TxDtls></NtryDtls>`;
    expect((await only(statement(entry(details)))).text).toBe('a'.repeat(139));
  });
});

describe('a notification', () => {
  it('is read like a statement', async () => {
    const details = `<NtryDtls><TxDtls>${refs}</TxDtls></NtryDtls>`;
    const { head, entries } = await readAll(statement(entry(details), { kind: '054' }));
    expect(head.kind).toBe('camt.054.001.08');
    expect(entries).toMatchObject([{ place: 'notification 1, entry 1', answer: 'settled', account: IBAN }]);
  });
});

describe('a status report', () => {
  const group = (status: string): string =>
    `<OrgnlGrpInfAndSts><OrgnlMsgId>SLUIS-7</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><OrgnlNbOfTxs>3</OrgnlNbOfTxs>${status}</OrgnlGrpInfAndSts>`;
  const report = (rest: string): string =>
    `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>S1</MsgId><CreDtTm>2024-02-20T17:00:00</CreDtTm></GrpHdr>${rest}</CstmrPmtStsRpt></Document>`;
  const why = (code: string): string =>
    `<StsRsnInf><Orgtr><Nm>Bank</Nm></Orgtr><Rsn><Cd>${code}</Cd></Rsn><AddtlInf>first</AddtlInf><AddtlInf>second</AddtlInf></StsRsnInf>`;

  it('rejects a whole file, once', async () => {
    const block =
      '<OrgnlPmtInfAndSts><OrgnlPmtInfId>SLUIS-7</OrgnlPmtInfId><PmtInfSts>RJCT</PmtInfSts></OrgnlPmtInfAndSts>';
    const { head, entries } = await readAll(
      report(group(`<GrpSts>RJCT</GrpSts>${why('DU01')}${why('FF01')}`) + block),
    );
    expect(head).toEqual({ kind: 'pain.002.001.10', messageId: 'S1', createdAt: null });
    expect(entries).toEqual([
      {
        no: 1,
        place: 'group status',
        answer: 'rejected',
        endToEndId: null,
        messageId: 'SLUIS-7',
        wholeFile: true,
        count: 3,
        amountCents: null,
        currency: null,
        bankReference: null,
        bookedOn: null,
        account: null,
        counterparty: { iban: null, name: null },
        reasonCode: 'DU01',
        reason: 'the message identification came twice: first second first second',
        text: null,
      },
    ]);
  });

  it('gives the status of the block before its payments, which have it where they say nothing', async () => {
    const block = `<OrgnlPmtInfAndSts><OrgnlPmtInfId>SLUIS-7</OrgnlPmtInfId><OrgnlNbOfTxs>2</OrgnlNbOfTxs><PmtInfSts>RJCT</PmtInfSts>${why('AM04')}
      <TxInfAndSts><StsId>9</StsId><OrgnlEndToEndId>REN-GNT-1-1</OrgnlEndToEndId>${why('AC01')}<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">1.5</InstdAmt></Amt><RmtInf><Ustrd>REN</Ustrd></RmtInf><Cdtr><Pty><Nm>Stad Gent</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>
      <TxInfAndSts><OrgnlEndToEndId>REN-ANT-1-1</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>`;
    const { entries } = await readAll(report(group('') + block));
    expect(entries).toMatchObject([
      { place: 'payment information 1', wholeFile: true, count: 2, answer: 'rejected', reasonCode: 'AM04' },
      {
        place: 'payment information 1, transaction 1',
        wholeFile: false,
        answer: 'rejected',
        reasonCode: 'AC01',
        endToEndId: 'REN-GNT-1-1',
        messageId: 'SLUIS-7',
        amountCents: 150n,
        currency: 'EUR',
        bankReference: '9',
        counterparty: { iban: 'BE71096123456769', name: 'Stad Gent' },
        text: 'REN',
      },
      { endToEndId: 'REN-ANT-1-1', answer: 'rejected', reasonCode: 'AM04', amountCents: null },
    ]);
  });

  it.each(['ACCP', 'ACSP', 'ACSC', 'ACCC', 'ACTC', 'PDNG', 'ACWC', 'RCVD', 'CANC', 'ZZZZ'])(
    '%s promises nothing',
    async (status) => {
      const { entries } = await readAll(
        pain002([payment], { originalMessageId: 'SLUIS-7', status, groupStatus: status }),
      );
      expect(entries).toMatchObject([
        {
          wholeFile: true,
          answer: 'acknowledged',
          reason: null,
          text: expect.stringMatching(`^${status}: `),
        },
        { endToEndId: 'REN-GNT-1-1', answer: 'acknowledged', reason: null },
      ]);
    },
  );
});

describe('made-up answers', () => {
  const payments = [...manyPayments(3)];

  it('come back as they went in', async () => {
    for (const written of [camt053(payments), camt054(payments)]) {
      const { entries } = await readAll(written);
      expect(
        entries.map(({ endToEndId, amountCents, counterparty, answer }) => ({
          endToEndId,
          amountCents,
          ...counterparty,
          answer,
        })),
      ).toEqual(payments.map((made) => ({ ...made, answer: 'settled' })));
    }
  });

  it('can be returned, pending, bundled, in another currency or account', async () => {
    const account = 'BE71096123456769';
    const back = await readAll(camt053(payments, { returned: 'MD07', currency: 'USD', account }));
    expect(back.entries[2]).toMatchObject({
      answer: 'returned',
      reasonCode: 'MD07',
      currency: 'USD',
      account,
      bankReference: 'BACK-BIG-3-1-1',
    });
    expect((await readAll(camt054(payments, { status: 'PDNG' }))).entries[0]?.answer).toBe('acknowledged');
    const bundled = await readAll(camt053(payments, { bundled: { messageId: 'SLUIS-7', details: true } }));
    expect(bundled.entries).toMatchObject(
      payments.map(({ endToEndId }) => ({ endToEndId, messageId: 'SLUIS-7' })),
    );
    const whole = await readAll(camt053(payments, { bundled: { messageId: 'SLUIS-7', details: false } }));
    expect(whole.entries).toMatchObject([
      { wholeFile: true, count: 3, amountCents: 306n, messageId: 'SLUIS-7' },
    ]);
    const rejected = await readAll(
      pain002(payments, { originalMessageId: 'SLUIS-7', status: 'RJCT', reason: 'AC01' }),
    );
    expect(rejected.entries.slice(1).map(({ answer }) => answer)).toEqual([
      'rejected',
      'rejected',
      'rejected',
    ]);
  });

  it('come in chunks of 500 however long the file is', async () => {
    const chunks: number[] = [];
    for await (const part of readBankFile(camt053Pieces(manyPayments(1_234)))) {
      if ('entries' in part) chunks.push(part.entries.length);
    }
    expect(chunks).toEqual([500, 500, 234]);
  });
});
