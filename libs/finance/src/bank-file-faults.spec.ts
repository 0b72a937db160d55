import { describe, expect, it } from '@jest/globals';

import { BankFileFault } from '#domain/bank-file.js';
import { bytesOf, camt053, manyPayments, pain002 } from '#test/support/bank-answers.js';
import { faultOf } from '#test/support/read-bank-file.js';
import { readBankFile } from './bank-file-reader.js';

const good = camt053([...manyPayments(2)]);
const status = pain002([...manyPayments(1)], { originalMessageId: 'SLUIS-7' });

/** The good file with one thing changed; the change must be one. */
function changed(from: string | RegExp, to: string): string {
  const text = good.replace(from, to);
  if (text === good) throw new Error(`${String(from)} is not in the file`);
  return text;
}

describe('a file that is no bank file is refused in a sentence', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['empty', '', /^the file is empty/],
    ['white space', ' \n ', /^the file holds white space where XML would begin$/],
    ['another format', ':20:940\r\n:25:BE68', /^this is no XML file: it begins with ":20:940/],
    ['a zip', Buffer.from('PK\u0003\u0004\xff\xfe', 'latin1'), /^this is no XML file/],
    [
      'truncated',
      good.slice(0, -60),
      /^line \d+, column \d+: the file stops here, within <TxDtls>: it is not whole$/,
    ],
    ['truncated in a tag', good.slice(0, good.indexOf('<NtryDtls>') + 5), /within <Ntry>: it is not whole$/],
    ['truncated at once', '<?xml version="1.0"?>\n<Docu', /the file stops before its <Document> begins/],
    [
      'truncated in a character',
      Buffer.from(`${good.slice(0, 900)}é`).subarray(0, 901),
      /^byte 901: .*in the middle of a character/,
    ],
    [
      'wrong nesting',
      changed('</NtryDtls>', '</Ntry>'),
      /^line 6, column \d+: this is no well-formed XML: unexpected close tag$/,
    ],
    ['an entity', changed('Vereniging 1', '&bomb;'), /no well-formed XML: undefined entity$/],
    [
      'a lone surrogate',
      changed('Vereniging 1', '&#xD800;'),
      /no well-formed XML: malformed character entity$/,
    ],
    ['a prefix of nothing', changed('<Ntry>', '<a:Ntry>'), /the prefix of <a:Ntry> stands for nothing/],
    [
      'a DOCTYPE',
      changed('<Document', '<!-- \n --><!DOCTYPE Document SYSTEM "file:///etc/passwd">\n<Document'),
      /^line 3, column 5: the file has a DOCTYPE/,
    ],
    [
      'an entity bomb',
      changed(
        '<Document',
        `<!-- x --><!DOCTYPE lolz [<!ENTITY a "${'a'.repeat(99)}"><!ENTITY b "&a;&a;">]><Document`,
      ),
      /the file has a DOCTYPE/,
    ],
    ['a DOCTYPE without end', `<!DOCTYPE x [${'<!ENTITY a "a">'.repeat(50_000)}`, /the file has a DOCTYPE/],
    ['a web page', '<!doctype html><html>', /the file has a DOCTYPE/],
    ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), /^byte 1: the file is UTF-16; bank files are UTF-8/],
    ['UTF-16 without its mark', Buffer.from(good, 'utf16le'), /^byte 1: the file is UTF-16/],
    [
      'declared Latin-1',
      changed('UTF-8', 'ISO-8859-1'),
      /^line 1: the file declares the encoding "ISO-8859-1"; bank files are UTF-8/,
    ],
    ['Latin-1', Buffer.from(changed('Vereniging 1', 'Ver\xe9nigi'), 'latin1'), /^byte \d+: not UTF-8/],
    [
      'two documents',
      good + good.replace(/^.*\n/, ''),
      /something follows the end of the document; a bank file holds one <Document>/,
    ],
    ['two files in one', good + good, /something follows the end of the document/],
    [
      'two messages',
      changed('</Document>', `${/<BkToCstmrStmt>[^]*<\/BkToCstmrStmt>/.exec(good)?.[0]}</Document>`),
      /<BkToCstmrStmt> stands twice/,
    ],
    [
      'another element',
      '<html><body/></html>',
      /begins with the element "html", where a bank file has <Document>/,
    ],
    ['no namespace', '<Document/>', /<Document> names no message/],
    ['another namespace', '<Document xmlns="urn:x"/>', /<Document> is of "urn:x"/],
    [
      'an older version',
      changed('camt.053.001.08', 'camt.053.001.02'),
      /this is "camt.053.001.02", an account statement, of another version; read are pain.002.001.10, camt.053.001.08 and camt.054.001.08/,
    ],
    [
      'a payment order',
      changed('camt.053.001.08', 'pain.001.001.09'),
      /this is "pain.001.001.09", a payment order, not the answer/,
    ],
    ['another message', changed('camt.053.001.08', 'acmt.001.001.08'), /this is "acmt.001.001.08"; read are/],
    [
      'an empty document',
      '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>',
      /is one of camt.053.001.08 and holds no <BkToCstmrStmt>/,
    ],
    [
      'the message of another',
      changed(/BkToCstmrStmt/g, 'BkToCstmrDbtCdtNtfctn'),
      /holds no <BkToCstmrStmt>/,
    ],
    ['nested too deep', changed('<Ntry>', `${'<a>'.repeat(70)}<Ntry>`), /nested more than 60 deep/],
    ['a long text', changed('Vereniging 1', 'a'.repeat(20_000)), /Nm> has more than 10000 characters/],
    [
      'a megabyte of text',
      changed('Vereniging 1', 'a'.repeat(3_000_000)),
      /one text or tag here has more than a megabyte/,
    ],
    [
      'a megabyte of tag',
      changed('<Ntry>', `<Ntry a="${'a'.repeat(3_000_000)}">`),
      /one text or tag here has more than a megabyte/,
    ],
    [
      'a megabyte of comment',
      changed('<Ntry>', `<!--${'a'.repeat(3_000_000)}--><Ntry>`),
      /one text or tag here has more than a megabyte/,
    ],
  ])('%s', async (_, file, sentence) => {
    expect(await faultOf(file)).toMatch(sentence);
  });

  it('a byte order mark and a comment in front are no fault', async () => {
    const parts = readBankFile(bytesOf(`\ufeff${changed('<Document', '<!-- <!DOCTYPE --><Document')}`));
    expect((await parts.next()).value).toHaveProperty('head');
  });

  it('stops reading where there are too many bytes, and closes the source', async () => {
    let given = 0;
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from(good.slice(0, good.indexOf('<Ntry>')));
        for (;;) {
          given += 1;
          yield Buffer.alloc(1_000, ' ');
        }
      } finally {
        closed = true;
      }
    }
    const reading = (async () => {
      for await (const part of readBankFile(endless(), { bytes: 100_000 })) expect(part).toBeDefined();
    })();
    await expect(reading).rejects.toThrow('the file has more than 100000 bytes, the most that is read');
    await expect(reading).rejects.toThrow(BankFileFault);
    expect(given).toBe(100);
    expect(closed).toBe(true);
  });

  it('passes on what the source itself fails with', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(good.slice(0, 100));
      throw new TypeError('disk');
    }
    await expect(readBankFile(broken()).next()).rejects.toThrow(TypeError);
  });
});

describe('a value that is missing or wrong is named with its place', () => {
  const amount = '<Amt Ccy="EUR">1.01</Amt>';

  it.each<[string, string, RegExp]>([
    [
      'no message id',
      changed('<MsgId>STATEMENT-1</MsgId>', ''),
      /^line 3, column \d+: GrpHdr: there is no <MsgId>$/,
    ],
    ['no head', changed(/<GrpHdr>.*<\/GrpHdr>/, ''), /<Stmt> comes before <GrpHdr>, or the file has none/],
    ['two heads', changed(/(<GrpHdr>.*<\/GrpHdr>)/, '$1$1'), /<GrpHdr> stands twice/],
    [
      'a wrong moment',
      changed('2024-02-23T06', '2024-02-30T06'),
      /GrpHdr: <CreDtTm> .*not a day of the calendar/,
    ],
    ['no statement', changed(/<Stmt>[^]*<\/Stmt>/, ''), /BkToCstmrStmt: there is no <Stmt>/],
    ['no account', changed(/<Acct>.*<\/Acct>/, ''), /statement 1: there is no <Acct\/Id\/IBAN>/],
    [
      'no account, no entries',
      changed(/<Acct>[^]*<\/Stmt>/, '</Stmt>'),
      /statement 1: there is no <Acct\/Id\/IBAN>/,
    ],
    [
      'an account without IBAN',
      changed(/<IBAN>BE68539007547034<\/IBAN>/, '<IBAN>435-123</IBAN>'),
      /holds no IBAN$/,
    ],
    ['two accounts', changed(/(<Acct>.*<\/Acct>)/, '$1$1'), /<Acct\/Id\/IBAN> stands twice/],
    ['no amount', changed(amount, ''), /statement 1, entry 1: there is no <Amt>/],
    ['no currency', changed(amount, '<Amt>1.01</Amt>'), /statement 1, entry 1: there is no <Amt Ccy="…">/],
    ['a wrong currency', changed('Ccy="EUR"', 'Ccy="euro"'), /<Amt Ccy> "euro" is no currency/],
    ['two amounts', changed(amount, amount + amount), /^line 5, column \d+: <Amt@Ccy> stands twice/],
    [
      'an element in an amount',
      changed('1.01', '1.<b/>01'),
      /<Amt> holds the element <b> where a text belongs/,
    ],
    ['a negative amount', changed('1.01', '-1.01'), /entry 1: <Amt> "-1.01" is no amount/],
    ['an exponent', changed('1.01', '1e3'), /"1e3" is no amount/],
    ['parts of a cent', changed('1.01', '1.015'), /"1.015" has parts of a cent/],
    [
      'no direction',
      changed('<CdtDbtInd>DBIT</CdtDbtInd><Sts>', '<Sts>').replace(
        '<CdtDbtInd>DBIT</CdtDbtInd><RltdPties>',
        '<RltdPties>',
      ),
      /entry 1: there is no <CdtDbtInd>/,
    ],
    [
      'a wrong direction',
      changed('<CdtDbtInd>DBIT</CdtDbtInd><RltdPties>', '<CdtDbtInd>OUT</CdtDbtInd><RltdPties>'),
      /<CdtDbtInd> is "OUT"; it is CRDT or DBIT/,
    ],
    ['no status', changed('<Sts><Cd>BOOK</Cd></Sts>', '<Sts>BOOK</Sts>'), /there is no <Sts\/Cd>/],
    [
      'a status after the details',
      changed(/<Sts>.*?<\/Sts>([^]*?)<\/Ntry>/, '$1<Sts><Cd>BOOK</Cd></Sts></Ntry>'),
      /<Sts\/Cd> stands after <NtryDtls>; it belongs before it/,
    ],
    [
      'a wrong reversal',
      changed('<Sts>', '<RvslInd>yes</RvslInd><Sts>'),
      /<RvslInd> is "yes"; it is true or false/,
    ],
    [
      'a wrong date',
      changed('<Dt>2024-02-22</Dt>', '<Dt>2024-02-31</Dt>'),
      /<BookgDt\/Dt> "2024-02-31" is not a day of the calendar/,
    ],
    [
      'a long identification',
      changed('BIG-1-1-1</EndToEndId>', `${'B'.repeat(36)}</EndToEndId>`),
      /has 36 characters; an identification has at most 35/,
    ],
    [
      'a wrong count',
      changed('<NtryDtls>', '<NtryDtls><Btch><NbOfTxs>many</NbOfTxs></Btch>'),
      /"many" is no number of payments/,
    ],
    [
      'a transaction of several without amount',
      changed(/(<TxDtls>.*<\/TxDtls>)/, '$1<TxDtls></TxDtls>'),
      /statement 1, entry 1, transaction 2: there is no <Amt>/,
    ],
    [
      'a status report of no file',
      status.replace(/<OrgnlGrpInfAndSts>.*/, ''),
      /there is no <OrgnlGrpInfAndSts\/OrgnlMsgId>/,
    ],
    [
      'a status report of two files',
      status.replace(/(<OrgnlGrpInfAndSts>.*<\/OrgnlGrpInfAndSts>)/, '$1$1'),
      /group status: it stands twice/,
    ],
  ])('%s', async (_, file, sentence) => {
    expect(await faultOf(file)).toMatch(sentence);
  });

  it('no sentence holds an account number', async () => {
    expect(await faultOf(changed('BE68539007547034', 'BE68-5390-0754-7034'))).not.toMatch(/5390/);
  });
});
