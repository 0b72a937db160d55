import type { CalendarEntry, CalendarSubject } from '#domain/calendar-entry.js';

import { type LanguageFormats, formatsOf } from './language-formats.js';
import { type MailLanguage, mailLanguages } from './message-facts.js';

/** What an entry says: one line, and what stands below it. */
export interface EntryText {
  readonly summary: string;
  readonly details: readonly string[];
}

interface Words {
  readonly name: (person: string) => string;
  /** What stands before the line of an entry that is closed. */
  readonly met: string;
  readonly dropped: string;
  /** Said of a calendar that could not hold all. */
  readonly more: string;
  readonly deadline: (what: string) => string;
  readonly overdue: (what: string) => string;
  readonly extended: string;
  readonly waits: (tranche: number, amount: string) => string;
  readonly window: (what: string) => string;
  readonly open: (open: number, all: number) => string;
  readonly payment: (tranche: number, amount: string) => string;
  readonly atMost: string;
  readonly uncertain: string;
  readonly payments: (amount: string) => string;
  readonly certainSum: (amount: string, count: number) => string;
  readonly uncertainSum: (amount: string, count: number) => string;
}

const words: Readonly<Record<MailLanguage, Words>> = {
  nl: {
    name: (person) => `Sluis: ${person}`,
    met: 'Afgerond',
    dropped: 'Vervallen',
    more: 'Niet alles past in deze agenda: wat het verst weg ligt, is weggelaten.',
    deadline: (what) => `Uiterste datum: ${what}`,
    overdue: (what) => `Te laat: ${what}`,
    extended: 'De uiterste datum is verlengd.',
    waits: (tranche, amount) => `Schijf ${tranche} (${amount}) wacht hierop.`,
    window: (what) => `Evaluatie: ${what}`,
    open: (open, all) => `Nog te beslissen: ${open} van ${all}.`,
    payment: (tranche, amount) => `Verwachte uitbetaling: schijf ${tranche}, ${amount}`,
    atMost: 'Dit is het hoogste bedrag; de afrekening volgt nog.',
    uncertain: 'Nog niet zeker: er is nog iets nodig voor deze uitbetaling.',
    payments: (amount) => `Verwachte uitbetalingen: ${amount}`,
    certainSum: (amount, count) => `Zeker: ${amount} (${count})`,
    uncertainSum: (amount, count) => `Nog niet zeker: ${amount} (${count})`,
  },
  fr: {
    name: (person) => `Sluis : ${person}`,
    met: 'Terminé',
    dropped: 'Supprimé',
    more: 'Cet agenda ne contient pas tout : le plus lointain a été omis.',
    deadline: (what) => `Date limite : ${what}`,
    overdue: (what) => `En retard : ${what}`,
    extended: 'La date limite a été prolongée.',
    waits: (tranche, amount) => `La tranche ${tranche} (${amount}) en dépend.`,
    window: (what) => `Évaluation : ${what}`,
    open: (open, all) => `À décider encore : ${open} sur ${all}.`,
    payment: (tranche, amount) => `Paiement attendu : tranche ${tranche}, ${amount}`,
    atMost: 'Montant maximal ; le décompte suit.',
    uncertain: 'Pas encore certain : il manque encore quelque chose pour ce paiement.',
    payments: (amount) => `Paiements attendus : ${amount}`,
    certainSum: (amount, count) => `Certain : ${amount} (${count})`,
    uncertainSum: (amount, count) => `Pas encore certain : ${amount} (${count})`,
  },
  en: {
    name: (person) => `Sluis: ${person}`,
    met: 'Done',
    dropped: 'Dropped',
    more: 'Not everything fits in this calendar: what is furthest away was left out.',
    deadline: (what) => `Deadline: ${what}`,
    overdue: (what) => `Overdue: ${what}`,
    extended: 'The deadline was extended.',
    waits: (tranche, amount) => `Tranche ${tranche} (${amount}) waits for this.`,
    window: (what) => `Evaluation: ${what}`,
    open: (open, all) => `Still to be decided: ${open} of ${all}.`,
    payment: (tranche, amount) => `Expected payout: tranche ${tranche}, ${amount}`,
    atMost: 'This is the most it can be; the settlement is still to come.',
    uncertain: 'Not certain yet: something is still missing for this payout.',
    payments: (amount) => `Expected payouts: ${amount}`,
    certainSum: (amount, count) => `Certain: ${amount} (${count})`,
    uncertainSum: (amount, count) => `Not certain yet: ${amount} (${count})`,
  },
};

const formats = Object.fromEntries(
  mailLanguages.map((language) => [language, formatsOf(language)]),
) as Readonly<Record<MailLanguage, LanguageFormats>>;

export function calendarName(language: MailLanguage, person: string): string {
  return words[language].name(person);
}

export function notAll(language: MailLanguage): string {
  return words[language].more;
}

export function entryText({ subject, closed }: CalendarEntry, language: MailLanguage): EntryText {
  const text = subjectText(subject, words[language], formats[language]);
  if (closed === null) return text;
  return { ...text, summary: `${words[language][closed]} – ${text.summary}` };
}

function subjectText(subject: CalendarSubject, say: Words, { amount: euro }: LanguageFormats): EntryText {
  switch (subject.kind) {
    case 'deadline': {
      const what = `${subject.title ?? subject.report}, ${subject.beneficiaryName} (${subject.grant})`;
      const waits = subject.waiting.map(({ tranche, amount }) => say.waits(tranche, euro(amount)));
      return {
        summary: subject.overdue ? say.overdue(what) : say.deadline(what),
        details: [subject.programmeTitle, ...(subject.extended ? [say.extended] : []), ...waits],
      };
    }
    case 'window': {
      const { evaluation, beneficiaryName, grant, programmeTitle } = subject;
      return {
        summary: say.window(`${evaluation}, ${beneficiaryName} (${grant})`),
        details: [programmeTitle],
      };
    }
    case 'windows': {
      const { evaluation, programmeTitle, open, all } = subject;
      return { summary: say.window(`${evaluation}, ${programmeTitle}`), details: [say.open(open, all)] };
    }
    case 'payment': {
      const { tranche, amount, grant, beneficiaryName, programmeTitle, certain, upTo } = subject;
      const summary = `${say.payment(tranche, euro(amount))} (${grant})`;
      const notes = [...(certain ? [] : [say.uncertain]), ...(upTo ? [say.atMost] : [])];
      return { summary, details: [`${programmeTitle}, ${beneficiaryName}`, ...notes] };
    }
    case 'payments': {
      const { certain, certainCount, expected, expectedCount } = subject;
      return {
        summary: say.payments(euro(sumOf(certain, expected))),
        details: [
          ...(certainCount > 0 ? [say.certainSum(euro(certain), certainCount)] : []),
          ...(expectedCount > 0 ? [say.uncertainSum(euro(expected), expectedCount)] : []),
        ],
      };
    }
  }
}

function sumOf(...amounts: readonly string[]): string {
  const cents = amounts.reduce((sum, amount) => sum + BigInt(amount.replace('.', '')), 0n);
  const digits = String(cents).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
