import type { AccountVersion, BeneficiaryFile } from './account.js';
import type { AccountEvent } from './events.js';

/** The beneficiary's file after an event of its stream. */
export function evolveAccount(file: BeneficiaryFile, event: AccountEvent): BeneficiaryFile {
  const accounts =
    event.type === 'account.changed'
      ? [...file.accounts, enteredAccount(event)]
      : file.accounts.map((account) =>
          account.version === event.data.version
            ? { ...account, verifiedBy: event.actor, verifiedAt: event.occurredAt }
            : account,
        );
  return { ...file, accounts, sequence: event.sequence, lastEventAt: event.occurredAt };
}

function enteredAccount(event: AccountEvent): AccountVersion {
  return {
    version: event.data.version,
    iban: event.data.iban,
    enteredBy: event.actor,
    enteredAt: event.occurredAt,
    verifiedBy: null,
    verifiedAt: null,
  };
}
