/**
 * The letters of SEPA payment files: `a-zA-Z0-9/-?:().,'+` and space (EPC217-08, "SEPA requirements for an
 * extended character set"). None of them needs escaping in the text of an XML element.
 */
import anyAscii from 'any-ascii';

const FIT = /^[a-zA-Z0-9/\-?:().,'+ ]+$/;
const UNFIT_CHARACTER = /[^a-zA-Z0-9/\-?:().,'+ ]/gu;
/** Emoji, flags, dingbats and other pictures: any-ascii would spell them out (":hearts:"). */
const PICTOGRAPH =
  /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u2300-\u23ff\u2500-\u27bf\u2b00-\u2bff\u{1f000}-\u{1f0ff}\u{1f200}-\u{1faff}]/u;

/**
 * Punctuation by the conversion table of EPC217-08. Printing ASCII that is not listed becomes a full stop, as it
 * does there; the rest of the table's letters are left to any-ascii, which knows more alphabets.
 */
const punctuation: Readonly<Record<string, string>> = {
  '&': '+',
  ';': ',',
  '[': '(',
  '{': '(',
  ']': ')',
  '}': ')',
  '\\': '/',
  '|': '/',
  _: '-',
  '~': '-',
  '`': "'",
  '«': '.',
  '»': '.',
  '°': '.',
  '·': '.',
};

/**
 * A text in SEPA characters: pictures go, punctuation is replaced by the table of EPC217-08, letters of other
 * alphabets are transliterated ("Ωμέγα" → "Omega"), spaces collapse. May be empty, and longer than what came in.
 * The same text in composed and decomposed letters gives the same result.
 */
export function sepaText(text: string): string {
  if (isSepaText(text)) return text;
  return text.normalize('NFC').replace(UNFIT_CHARACTER, inSepa).replace(/ +/g, ' ').trim();
}

/** What was written for a character before; names of a hundred thousand payments use some hundred. */
const written = new Map<string, string>();
const MOST_REMEMBERED = 5_000;

function inSepa(character: string): string {
  const known = written.get(character);
  if (known !== undefined) return known;
  const found = characterInSepa(character);
  if (written.size < MOST_REMEMBERED) written.set(character, found);
  return found;
}

function characterInSepa(character: string): string {
  if (PICTOGRAPH.test(character)) return '';
  if (/[\s\p{Cc}]/u.test(character)) return ' ';
  const ascii = punctuation[character] ?? anyAscii(character);
  // EPC217-08: what cannot be written becomes a full stop, so that a person sees that something was there.
  if (ascii === '') return /[\p{L}\p{N}]/u.test(character) ? '.' : '';
  return ascii.replace(UNFIT_CHARACTER, (left) => punctuation[left] ?? '.');
}

/** Whether a text may stand in a file as it is: not empty, SEPA characters only, single spaces within. */
export function isSepaText(text: string): boolean {
  return FIT.test(text) && !text.startsWith(' ') && !text.endsWith(' ') && !text.includes('  ');
}

const LONGEST_ID = 35;

/**
 * Why an identifier may not stand in a file, as the second half of a sentence; null where it may. Identifiers come
 * back in the bank's answers and are matched letter by letter, so they are refused rather than rewritten: at most
 * 35 SEPA characters, no slash at either end nor two in a row (EPC, SCT implementation guidelines, 1.4), and not
 * NOTPROVIDED, by which banks say that there is none.
 */
export function idFault(id: string): string | null {
  if (id === '') return 'is empty; one of 1 to 35 characters is needed';
  if (id.length > LONGEST_ID) return `has ${id.length} characters; at most ${LONGEST_ID} are possible`;
  if (!isSepaText(id)) {
    return "holds characters a bank does not pass on; letters a-z and A-Z, digits and /-?:().,'+ with single spaces between are possible";
  }
  if (id.startsWith('/') || id.endsWith('/') || id.includes('//')) {
    return 'begins or ends with a slash or holds two in a row; a single slash within is possible';
  }
  return id.toUpperCase() === 'NOTPROVIDED' ? 'says NOTPROVIDED, which banks read as none at all' : null;
}
