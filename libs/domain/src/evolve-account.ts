import type { AccountVersion, BeneficiaryFile } from './account.js';
import type { AccountEvent } from './events.js';

/** The beneficiary's file after an event of its stream. */
export function evolveAccount(file: BeneficiaryFile, event: AccountEvent): BeneficiaryFile {
  const accounts =
    event.type === 'account.changed'
      ? [...file.accounts, enteredAccount(event)]
      : file.accounts.map((account) =>
          account.version === event.data.version ? { ...account, ...changeOf(event) } : account,
        );
  return { ...file, accounts, sequence: event.sequence, lastEventAt: event.occurredAt };
}

type Entered = Extract<AccountEvent, { type: 'account.changed' }>;

function enteredAccount({ data, actor, occurredAt }: Entered): AccountVersion {
  return {
    version: data.version,
    iban: data.iban,
    holder: data.holder ?? null,
    address: data.address ?? null,
    validFrom: data.validFrom ?? null,
    validUntil: data.validUntil ?? null,
    enteredBy: actor,
    enteredAt: occurredAt,
    verifiedBy: null,
    verifiedAt: null,
    payeeCheck: null,
    override: null,
  };
}

/** What an event makes of its version. A new check ends the override of the one before it. */
function changeOf(event: Exclude<AccountEvent, Entered>): Partial<AccountVersion> {
  const { actor: by, occurredAt: at } = event;
  switch (event.type) {
    case 'account.verified':
      return { verifiedBy: by, verifiedAt: at };
    case 'account.payee-checked': {
      const { result, suggested = null } = event.data;
      return { payeeCheck: { result, suggested, by, at }, override: null };
    }
    case 'account.payee-check-overridden':
      return { override: { by, at, reason: event.reason ?? '' } };
  }
}
