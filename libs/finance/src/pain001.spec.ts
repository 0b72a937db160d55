import { describe, expect, it } from '@jest/globals';

import type { PaymentFileHead, PaymentLine } from '#domain/payment.js';
import { painSchemaFaults } from '#test/support/pain-schema.js';
import { fileHead, inChunks, paymentLine, profile, wholeFile } from '#test/support/payments.js';
import { describeWith } from '#test/support/requires.js';
import { painFile } from './pain001.js';

const address = { street: 'Botermarkt', number: '1', postCode: '9000', town: 'Gent', country: 'BE' };
const lines = [paymentLine(0), paymentLine(1, { amountCents: 1n, address })];

/** The first file, written by hand from the standard. */
const byHand = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>SLUIS-7</MsgId><CreDtTm>2024-02-20T16:00:00Z</CreDtTm><NbOfTxs>2</NbOfTxs><CtrlSum>22400.01</CtrlSum><InitgPty><Nm>Vlaamse Gemeenschapscommissie</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>SLUIS-7</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>true</BtchBookg><NbOfTxs>2</NbOfTxs><CtrlSum>22400.01</CtrlSum><PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt><Dt>2024-02-22</Dt></ReqdExctnDt><Dbtr><Nm>Vlaamse Gemeenschapscommissie</Nm></Dbtr><DbtrAcct><Id><IBAN>BE68539007547034</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>
<CdtTrfTxInf><PmtId><EndToEndId>REN-GNT-1-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">22400.00</InstdAmt></Amt><Cdtr><Nm>Stad Gent</Nm></Cdtr><CdtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></CdtrAcct><RmtInf><Ustrd>REN-GNT tranche 1 Roma experts network</Ustrd></RmtInf></CdtTrfTxInf>
<CdtTrfTxInf><PmtId><EndToEndId>REN-GNT-2-1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">0.01</InstdAmt></Amt><Cdtr><Nm>Stad Gent</Nm><PstlAdr><StrtNm>Botermarkt</StrtNm><BldgNb>1</BldgNb><PstCd>9000</PstCd><TwnNm>Gent</TwnNm><Ctry>BE</Ctry></PstlAdr></Cdtr><CdtrAcct><Id><IBAN>BE71096123456769</IBAN></Id></CdtrAcct><RmtInf><Ustrd>REN-GNT tranche 2 Roma experts network</Ustrd></RmtInf></CdtTrfTxInf>
</PmtInf>
</CstmrCdtTrfInitn></Document>
`;

const structured = { ...profile, remittance: 'structured', bic: 'GKCCBEBB', batchBooking: false } as const;
const structuredLines = [paymentLine(68_171, { remittance: '010806817183' })];

function write(of: readonly PaymentLine[], given: Partial<PaymentFileHead> = {}): Promise<string> {
  return wholeFile(painFile(fileHead(of, given), inChunks(of)));
}

describe('painFile', () => {
  it('writes the file as it was written by hand', async () => {
    expect(await write(lines)).toBe(byHand);
  });

  it('gives the same bytes however the lines are cut into chunks', async () => {
    const again = painFile(fileHead(lines), inChunks(lines, 1));
    expect(await wholeFile(again)).toBe(byHand);
  });

  it('writes BIC, single bookings and a structured reference where the profile says so', async () => {
    const file = await write(structuredLines, { profile: structured });
    expect(file).toContain('<DbtrAgt><FinInstnId><BICFI>GKCCBEBB</BICFI></FinInstnId></DbtrAgt>');
    expect(file).toContain('<BtchBookg>false</BtchBookg>');
    expect(file).toContain(
      '<RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry><Issr>BBA</Issr></Tp><Ref>010806817183</Ref></CdtrRefInf></Strd></RmtInf>',
    );
    expect(file).not.toContain('Ustrd');
  });

  it('names the payer in SEPA characters', async () => {
    const file = await write(lines, { profile: { ...profile, name: 'Fonds für Kultur & Jugend' } });
    expect(file.match(/<Nm>Fonds fur Kultur \+ Jugend<\/Nm>/g)).toHaveLength(2);
  });

  it('sums cents as integers, beyond what a float holds', async () => {
    const many = Array.from({ length: 100 }, (_, no) => paymentLine(no, { amountCents: 99_999_999_999n }));
    expect(await write(many)).toContain('<CtrlSum>99999999999.00</CtrlSum>');
    const most = await write(many, { amountCents: 9_999_999_999_900n });
    expect(most.match(/<CtrlSum>99999999999\.00<\/CtrlSum>/g)).toHaveLength(2);
  });

  it('hands out pieces of some 64 KB', async () => {
    const many = Array.from({ length: 1_000 }, (_, no) => paymentLine(no));
    const pieces: string[] = [];
    for await (const piece of painFile(fileHead(many), inChunks(many, 300))) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
    for (const piece of pieces.slice(0, -1)) {
      expect(piece.length).toBeGreaterThanOrEqual(65_536);
      expect(piece.length).toBeLessThan(67_000);
    }
  });

  it.each<[string, readonly PaymentLine[], Partial<PaymentFileHead>, RegExp]>([
    ['a bad head', lines, { messageId: '' }, /^payment file "": the message id "" is empty/],
    [
      'a line that breaks a rule',
      [paymentLine(0), paymentLine(1, { amountCents: 0n })],
      {},
      /^payment file "SLUIS-7": position 1, "REN-GNT-2-1": the amount is 0\.00/,
    ],
    [
      'a name that is not in the alphabet',
      [paymentLine(0, { payee: '<b/>' })],
      {},
      /position 0, "REN-GNT-1-1": the payee's name/,
    ],
    [
      'an id that comes twice',
      [paymentLine(0), paymentLine(3), paymentLine(5, { endToEndId: 'REN-GNT-1-1' })],
      {},
      /position 5, "REN-GNT-1-1": its EndToEndId came before/,
    ],
    [
      'a line that comes twice',
      [paymentLine(0), paymentLine(0)],
      {},
      /position 0, "REN-GNT-1-1": comes after position 0/,
    ],
    ['positions that fall', [paymentLine(1), paymentLine(0)], {}, /position 0.*comes after position 1/],
    ['a negative position', [paymentLine(-1)], {}, /position -1/],
    ['more lines than the head says', lines, { lines: 1 }, /position 1.*one more than the 1 of the head/],
    [
      'fewer lines than the head says',
      lines,
      { lines: 3 },
      /its 2 lines make 22400\.01; the head says 3 and 22400\.01/,
    ],
    [
      'another sum than the head says',
      lines,
      { amountCents: 2_240_000n },
      /its 2 lines make 22400\.01; the head says 2 and 22400\.00/,
    ],
    ['text where a reference belongs', lines, { profile: structured }, /position 0.*not twelve bare digits/],
  ])('throws for %s', async (_, of, given, message) => {
    const error = await write(of, given).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toHaveProperty('message', expect.stringMatching(message));
  });

  it('never finishes a file whose lines fail to come', async () => {
    async function* broken(): AsyncGenerator<readonly PaymentLine[]> {
      yield [paymentLine(0)];
      throw new Error('connection lost');
    }
    await expect(wholeFile(painFile(fileHead(lines), broken()))).rejects.toThrow('connection lost');
  });
});

describeWith('pain-schema', 'painFile against the schema', () => {
  it.each([
    ['text', lines, {}],
    ['text without addresses, with a BIC', [paymentLine(0)], { profile: { ...profile, bic: 'GKCCBEBBXXX' } }],
    ['structured references', structuredLines, { profile: structured }],
    [
      'everything as long as it may be',
      [
        paymentLine(0, {
          endToEndId: 'E'.repeat(35),
          amountCents: 99_999_999_999n,
          payee: 'P'.repeat(70),
          remittance: 'R'.repeat(140),
          address: {
            street: 'S'.repeat(70),
            number: '1'.repeat(16),
            postCode: '9'.repeat(16),
            town: 'T'.repeat(35),
            country: 'BE',
          },
        }),
      ],
      { messageId: 'M'.repeat(35), profile: { ...profile, name: 'N'.repeat(70) } },
    ],
  ])('is valid with %s', async (_, of, given) => {
    expect(await painSchemaFaults(await write(of, given))).toEqual([]);
  });

  it('notices what is out of order, cut off or no pain.001 (the net has no hole of its own)', async () => {
    const swapped = byHand.replace(/(<PmtMtd>TRF<\/PmtMtd>)(<BtchBookg>true<\/BtchBookg>)/, '$2$1');
    expect(await painSchemaFaults(swapped)).toEqual([expect.stringContaining('BtchBookg')]);
    expect(await painSchemaFaults(byHand.slice(0, -30))).not.toEqual([]);
    expect(await painSchemaFaults('<Document/>')).not.toEqual([]);
    expect(await painSchemaFaults(byHand)).toEqual([]);
  });
});
