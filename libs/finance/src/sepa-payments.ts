import { type Parsed, isFault, value } from '#domain/parsed.js';
import type { PaymentCandidate, PaymentRules, PostalAddress, RemittanceForm } from '#domain/payment.js';

import { painSchemaFaults } from './pain-schema.js';
import { PAIN_FORMAT, painFile } from './pain001.js';
import { LONGEST_REMITTANCE, lineFault } from './payment-line-checks.js';
import { sepaText } from './sepa-text.js';
import { structuredReference } from './structured-reference.js';

/** SEPA credit transfers in a pain.001.001.09 file: rules and sources stand with the checks and the writer. */
export const sepaPayments: PaymentRules = {
  format: PAIN_FORMAT,

  textOf(candidate, profile, { batch, position }) {
    const remittance = remittanceOf(candidate, profile.remittance, batch, position);
    if (isFault(remittance)) return { excluded: remittance.fault };
    const { iban, endToEndId, amountCents } = candidate;
    const payee = sepaText(candidate.payee);
    const address = candidate.address === null ? null : sepaAddress(candidate.address);
    const text = { iban, payee, address, remittance: remittance.value };
    // Written out, not spread: this runs a hundred thousand times for one batch.
    const line = { iban, payee, address, remittance: remittance.value, position, endToEndId, amountCents };
    const wrong = lineFault(line, profile.remittance);
    return wrong === null ? text : { excluded: wrong };
  },

  file: painFile,
};

/** The same, with a pass over the schema of each finished file where the path of one is given. */
export function sepaPaymentsBy(schemaPath: string | null): PaymentRules {
  if (schemaPath === null) return sepaPayments;
  return { ...sepaPayments, schemaFaults: (file) => painSchemaFaults(file, schemaPath) };
}

function remittanceOf(
  candidate: PaymentCandidate,
  form: RemittanceForm,
  batch: number,
  position: number,
): Parsed<string> {
  if (form === 'structured') return structuredReference(batch, position);
  const { grant, tranche, programmeTitle } = candidate;
  // The end is the programme's title: what is cut there tells nothing that the grant does not.
  const text = sepaText(`${grant} tranche ${tranche} ${programmeTitle}`);
  return value(text.slice(0, LONGEST_REMITTANCE).trimEnd());
}

/** Parts of which nothing is left go, but for the town, without which there is no address. */
function sepaAddress({ street, number, postCode, town, country }: PostalAddress): PostalAddress {
  return {
    street: optionalText(street),
    number: optionalText(number),
    postCode: optionalText(postCode),
    town: sepaText(town),
    country: country.trim().toUpperCase(),
  };
}

function optionalText(text: string | undefined): string | undefined {
  const read = text === undefined ? '' : sepaText(text);
  return read === '' ? undefined : read;
}
