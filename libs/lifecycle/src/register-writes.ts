import type { BankProfileInput } from '#domain/bank-profile-document.js';
import { parseMail } from '#domain/mail-address.js';
import { isFault } from '#domain/parsed.js';
import type { Role } from '#domain/people.js';
import { faultOfRoles } from '#domain/people.js';
import { parsePlan } from '#domain/plan-document.js';
import { type Refused, refuse, refuseInvalid } from '#domain/refusal.js';
import type { Client } from '#persistence/client.js';

import type { RegisterWrite } from './registers.js';

/** A programme with its first plan version. `plan` is the document as entered; refused where it has faults. */
export function addProgramme(
  by: string,
  { code, title, plan }: { readonly code: string; readonly title: string; readonly plan: unknown },
): RegisterWrite<{ programme: string; version: number }> {
  return async (client, now) => {
    const faults = refusePlan(plan);
    if (faults !== null) return faults;
    await client.query({
      text: 'INSERT INTO programmes (code, title, created_at) VALUES ($1, $2, $3)',
      values: [code, title, now],
    });
    return { result: { programme: code, version: await insertVersion(client, code, plan, by, now) } };
  };
}

/** The next version of a programme's plan; grants keep theirs. `not-found` where there is no such programme. */
export function addPlanVersion(
  by: string,
  { programme, plan }: { readonly programme: string; readonly plan: unknown },
): RegisterWrite<{ programme: string; version: number }> {
  return async (client, now) => {
    const faults = refusePlan(plan);
    if (faults !== null) return faults;
    // Versions of one programme are numbered one after the other.
    const { rows } = await client.query({
      text: 'SELECT 1 FROM programmes WHERE code = $1 FOR UPDATE',
      values: [programme],
    });
    if (rows.length === 0) return refuse('not-found', { programme });
    return { result: { programme, version: await insertVersion(client, programme, plan, by, now) } };
  };
}

function refusePlan(plan: unknown): Refused | null {
  const parsed = parsePlan(plan);
  if ('plan' in parsed) return null;
  const [first] = parsed.faults;
  return refuse('invalid', { path: first?.path, message: first?.message, faults: parsed.faults });
}

async function insertVersion(
  client: Client,
  programme: string,
  plan: unknown,
  by: string,
  now: string,
): Promise<number> {
  const { rows } = await client.query({
    text: `INSERT INTO plan_versions (programme, version, document, created_by, created_at)
      SELECT $1, coalesce(max(version), 0) + 1, $2, $3, $4 FROM plan_versions WHERE programme = $1
      RETURNING version`,
    values: [programme, JSON.stringify(plan), by, now],
  });
  return (rows[0] as { version: number }).version;
}

/** A beneficiary; `kbo` in ten digits (`parseKbo`). Its account comes by the command `change-account`. */
export function addBeneficiary(beneficiary: {
  readonly id: string;
  readonly name: string;
  readonly kbo: string;
}): RegisterWrite<{ id: string }> {
  return async (client, now) => {
    const { id, name, kbo } = beneficiary;
    await client.query({
      text: 'INSERT INTO beneficiaries (id, name, kbo, created_at) VALUES ($1, $2, $3, $4)',
      values: [id, name, kbo, now],
    });
    return { result: { id } };
  };
}

/**
 * The next version of a bank profile: the account that is paid from. Batches keep the version they were built
 * under. Entering what is in force already changes nothing.
 */
export function setBankProfile(
  by: string,
  profile: BankProfileInput,
): RegisterWrite<{ profile: string; version: number }> {
  return async (client, now) => {
    const { code, name, iban, bic, batchBooking, remittance } = profile;
    const { rows } = await client.query({
      text: `WITH latest AS (SELECT * FROM bank_profiles WHERE code = $1 ORDER BY version DESC LIMIT 1), written AS (
          INSERT INTO bank_profiles (code, version, name, iban, bic, batch_booking, remittance, entered_by, entered_at)
          SELECT $1, coalesce((SELECT version FROM latest), 0) + 1, $2, $3, $4, $5, $6, $7, $8
          WHERE NOT EXISTS (SELECT FROM latest WHERE (name, iban, bic, batch_booking, remittance)
            IS NOT DISTINCT FROM ($2, $3, $4, $5, $6))
          RETURNING version)
        SELECT version FROM written UNION ALL SELECT version FROM latest LIMIT 1`,
      values: [code, name, iban, bic, batchBooking, remittance, by, now],
    });
    return { result: { profile: code, version: (rows[0] as { version: number }).version } };
  };
}

/** A person with their roles; `of` is the beneficiary they answer for. Refused as `invalid` by `faultOfRoles` and `parseMail`. */
export function addPerson(person: {
  readonly id: string;
  readonly name?: string;
  readonly language?: string;
  readonly mail?: string;
  readonly roles: readonly Role[];
  readonly of: string | null;
}): RegisterWrite<{ id: string }> {
  return async (client, now) => {
    const { id, name = id, language = 'nl', mail = null, roles, of } = person;
    const fault = id === 'system' ? 'no person is called "system"' : faultOfRoles(roles, of);
    if (fault !== null) return refuseInvalid(id === 'system' ? 'id' : 'roles', fault);
    const address = mail === null ? null : parseMail(mail);
    if (address !== null && isFault(address)) return refuseInvalid('mail', address.fault);
    if (of !== null && !(await exists(client, 'SELECT 1 FROM beneficiaries WHERE id = $1', of)))
      return refuse('not-found', { beneficiary: of });
    await client.query({
      text: 'INSERT INTO people (id, name, language, roles, beneficiary, since, mail) VALUES ($1, $2, $3, $4, $5, $6, $7)',
      values: [id, name, language, roles, of, now, mail],
    });
    return { result: { id } };
  };
}

/**
 * A bearer token of a person, by its SHA-256. The token itself is the caller's to make and to show once:
 * a repeated request finds the token made, and cannot be told it again.
 */
export function addToken(token: {
  readonly person: string;
  readonly hash: Buffer;
}): RegisterWrite<{ person: string }> {
  return async (client, now) => {
    const { person, hash } = token;
    if (!(await exists(client, 'SELECT 1 FROM people WHERE id = $1 AND ended IS NULL', person)))
      return refuse('not-found', { person });
    await client.query({
      text: 'INSERT INTO tokens (hash, person, created) VALUES ($1, $2, $3)',
      values: [hash, person, now],
    });
    return { result: { person } };
  };
}

async function exists(client: Client, text: string, id: string): Promise<boolean> {
  const { rows } = await client.query({ text, values: [id] });
  return rows.length > 0;
}
