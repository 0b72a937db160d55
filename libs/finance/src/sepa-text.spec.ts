import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { idFault, isSepaText, sepaText } from './sepa-text.js';

// `npm run soak` asks for many more; fast-check prints the seed of a failure.
fc.configureGlobal({ numRuns: Number(process.env['SLUIS_PROPERTY_RUNS'] ?? 500) });

describe('sepaText', () => {
  it.each([
    ['Stad Gent', 'Stad Gent'],
    ["O'Neil (+32), a/b-c: d? e.", "O'Neil (+32), a/b-c: d? e."],
    ['Janssens & Zonen', 'Janssens + Zonen'],
    ['<b>"De Kring"</b>', '.b..De Kring../b.'],
    ['a;b [c] {d} e\\f|g_h~i`j', "a,b (c) (d) e/f/g-h-i'j"],
    ['50% * 2 = #1 @ home!', '50. . 2 . .1 . home.'],
    ['Société Générale à Liège', 'Societe Generale a Liege'],
    ['Straße, Ørsted, Łódź, Çelik, Țepeș', 'Strasse, Orsted, Lodz, Celik, Tepes'],
    ['e\u0301cole', 'ecole'],
    ['Иван Петров', 'Ivan Petrov'],
    ['Ωμέγα', 'Omega'],
    ['中国', 'ZhongGuo'],
    ['„Zo” – ’t ‘Huis’…', ".Zo. - 't 'Huis'..."],
    ['«Le Foyer» n° 5', '.Le Foyer. n. 5'],
    ['Hart ❤️ voor 👩‍👩‍👧 in 🇧🇪 1️⃣ ★', 'Hart voor in 1'],
    ['  two\t\tlines\r\n\u00a0and\u0000more\u2028 ', 'two lines and more'],
    ['zero\u200bwidth\u00ad\ufeff', 'zerowidth'],
    ['half \ud83d a face \ude00', 'half a face'],
    ['😀🎉', ''],
    ['', ''],
  ])('%j → %j', (text, expected) => {
    expect(sepaText(text)).toBe(expected);
  });

  it('leaves a full stop where a letter cannot be written', () => {
    // U+16FE0 came after the transliteration tables; U+E000 is nobody's and no letter.
    expect(sepaText('a\u{16fe0}b')).toMatch(/^a.+b$/);
    expect(sepaText('a\ue000b')).toBe('ab');
  });

  it('gives fit text or none, the same again, for whatever comes', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: 'grapheme' })), (text) => {
        const read = sepaText(text);
        expect(read === '' || isSepaText(read)).toBe(true);
        expect(sepaText(read)).toBe(read);
        expect(sepaText(text.normalize('NFD'))).toBe(sepaText(text.normalize('NFC')));
      }),
    );
  });
});

describe('idFault', () => {
  it.each(['REN-GNT-1-1', 'a/b', 'x', 'A'.repeat(35), 'NOTPROVIDED-1', "it's (1)"])('lets %s pass', (id) => {
    expect(idFault(id)).toBeNull();
  });

  it.each([
    ['', 'is empty'],
    ['A'.repeat(36), 'has 36 characters; at most 35 are possible'],
    ['REN_GNT', 'holds characters a bank does not pass on'],
    ['RÉN', 'holds characters a bank does not pass on'],
    [' REN', 'holds characters a bank does not pass on'],
    ['REN  1', 'holds characters a bank does not pass on'],
    ['REN\n', 'holds characters a bank does not pass on'],
    ['/REN', 'begins or ends with a slash'],
    ['REN/', 'begins or ends with a slash'],
    ['a//b', 'begins or ends with a slash or holds two in a row'],
    ['NotProvided', 'banks read as none'],
  ])('refuses %j', (id, sentence) => {
    expect(idFault(id)).toContain(sentence);
  });
});
