import { describe, expect, it } from '@jest/globals';

import { parseMail } from './mail-address.js';

const ok = [
  'an@stad.be',
  'an.peeters+subsidies@dienst.stad-gent.be',
  "o'neill_1@xn--mnchen-3ya.example",
  `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(58)}.be`,
];

const wrong: [input: unknown, because: RegExp][] = [
  ['an@stad.be\r\nBcc: all@stad.be', /line break/],
  ['an@stad.be\n', /line break/],
  ['an\u0000@stad.be', /control character/],
  ['an@stad.be,bea@stad.be', /is a list/],
  ['an@stad.be; bea@stad.be', /is a list/],
  ['An Peeters <an@stad.be>', /display name/],
  ['<an@stad.be>', /angle brackets/],
  ['an @stad.be', /space/],
  ['an@stad.be ', /space/],
  ['an\u00a0b@stad.be', /space/],
  ['stad.be', /no "@"/],
  ['', /no "@"/],
  ['an@bea@stad.be', /more than one "@"/],
  ['"an peeters"@stad.be', /space/],
  ['"an"@stad.be', /no plain name/],
  ['an(home)@stad.be', /no plain name/],
  ['.an@stad.be', /no plain name/],
  ['an..p@stad.be', /no plain name/],
  ['@stad.be', /no plain name/],
  ['anné@stad.be', /outside ASCII before the "@"/],
  ['an@münchen.example', /"xn--"/],
  ['an@stad', /no domain/],
  ['an@', /no domain/],
  ['an@stad..be', /no domain/],
  ['an@-stad.be', /no domain/],
  ['an@192.168.0.1', /no domain/],
  ['an@[192.168.0.1]', /no domain/],
  [`${'a'.repeat(65)}@stad.be`, /65 characters before/],
  [`a@${'b'.repeat(64)}.be`, /no domain/],
  [`${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(59)}.be`, /has 255 characters/],
  [12, /not text/],
  [null, /not text/],
  [['an@stad.be'], /not text/],
];

describe('parseMail', () => {
  it.each(ok)('takes %s as it stands', (input) => {
    expect(parseMail(input)).toEqual({ value: input });
  });

  it.each(wrong)('refuses %j and says why and what is right', (input, because) => {
    const read = parseMail(input) as { fault: string };
    expect(read.fault).toMatch(because);
    expect(read.fault).toContain('write one address alone');
    // A hostile address does not break the line of an error either.
    expect(read.fault).not.toMatch(/[\r\n]/);
  });
});
