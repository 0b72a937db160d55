import { simulatedBank } from '#domain/bank-profile-document.js';
import { formatAmount } from '#domain/money.js';
import { system } from '#domain/people.js';
import type { Scenario } from '#domain/scenario-document.js';
import { setEnvelope } from '#lifecycle/envelope-writes.js';
import type { RegisterOutcome, Registers, RegisterWrite } from '#lifecycle/registers.js';
import { addBeneficiary, addPerson, addProgramme, setBankProfile } from '#lifecycle/register-writes.js';
import type { CommandRequest, RunCommands } from '#lifecycle/run-commands.js';

/**
 * Enters what a scenario declares, at the clock's instant and by the service itself: programme with its budget
 * envelopes, people, beneficiaries with their accounts, and the grants as drafts. Every step has a command id of its own, so
 * that loading again after a crash goes on where it stopped.
 */
export async function loadScenario(
  scenario: Scenario,
  commands: RunCommands,
  registers: Registers,
): Promise<void> {
  const { code, title, document: plan } = scenario.programme;
  const by = system.id;
  const enter = <T>(id: string, input: unknown, write: RegisterWrite<T>): Promise<void> =>
    entered(registers.register(`load:${id}`, system, 'load-scenario', input, write));
  await enter('programme', scenario.programme.document, addProgramme(by, { code, title, plan }));
  for (const { year, article, amountCents } of scenario.envelopes) {
    const envelope = { programme: code, year, article, amount: formatAmount(amountCents) };
    const setting = { programme: code, year, article, amountCents, reason: null };
    await enter(`envelope:${year}:${article}`, envelope, setEnvelope(by, setting));
  }
  const bank = scenario.bank ?? (goesThroughBank(scenario) ? simulatedBank : null);
  if (bank !== null) await enter('bank', bank, setBankProfile(by, bank));
  for (const { id, name, kbo } of scenario.beneficiaries)
    await enter(`beneficiary:${id}`, { id, name, kbo }, addBeneficiary({ id, name, kbo }));
  for (const { id, name, roles, of, language, mail } of scenario.people) {
    const person = {
      id,
      roles,
      of,
      ...(name === null ? {} : { name }),
      ...(language === null ? {} : { language }),
      ...(mail === null ? {} : { mail }),
    };
    await enter(`person:${id}`, person, addPerson(person));
  }
  await runAll(commands, accountCommands(scenario));
  await runAll(commands, draftCommands(scenario));
}

/** A life that builds batches needs an account to pay from, also where its file names none. */
function goesThroughBank({ happenings }: Scenario): boolean {
  return happenings.some((happening) => happening.do === 'build-batch');
}

async function entered(registering: Promise<RegisterOutcome<unknown>>): Promise<void> {
  const outcome = await registering;
  if (!outcome.accepted) throw new Error(`the scenario does not load: ${JSON.stringify(outcome.refused)}`);
}

async function runAll(commands: RunCommands, requests: readonly CommandRequest[]): Promise<void> {
  for (const outcome of await commands.runBatch(requests))
    if (!outcome.accepted) throw new Error(`the scenario does not load: ${JSON.stringify(outcome.refused)}`);
}

function accountCommands(scenario: Scenario): CommandRequest[] {
  return scenario.beneficiaries.flatMap(({ id, iban, verified }, place): CommandRequest[] => {
    if (iban === null) return [];
    const request = { actor: system, grant: null, beneficiary: id };
    const change: CommandRequest = {
      ...request,
      id: `load:${2 * place}:${id}:change`,
      name: 'change-account',
      input: { iban },
    };
    const verify: CommandRequest = {
      ...request,
      id: `load:${2 * place + 1}:${id}:verify`,
      name: 'verify-account',
      input: {},
    };
    return verified ? [change, verify] : [change];
  });
}

function draftCommands(scenario: Scenario): CommandRequest[] {
  const first = 2 * scenario.beneficiaries.length;
  return scenario.grants.map(({ code, beneficiary, amountCents, start, end, handler }, place) => ({
    id: `load:${first + place}:${code}`,
    name: 'draft-grant',
    actor: system,
    grant: code,
    input: {
      beneficiary,
      programme: scenario.programme.code,
      amount: formatAmount(amountCents),
      start,
      end,
      ...(handler === null ? {} : { handler }),
    },
  }));
}
