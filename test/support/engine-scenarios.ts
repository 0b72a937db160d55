/** What an engine test varies; the rest is one city with one account and `grants` grants G01, G02, … */
export interface EngineScenario {
  readonly grants?: number;
  /** From which amount on two people approve. */
  readonly secondApproverAbove?: string;
}

/**
 * Grants of 1,000.00 from 2023-01-01 to 2024-12-31: half payable at the start, half once the report of
 * 28 February 2024 is accepted. Reminders and escalation as by default.
 */
export function engineScenario({ grants = 1, secondApproverAbove }: EngineScenario = {}): string {
  return `
sluis: 1
programme:
  code: TEST
  title: Under test
  tranches:
    - { no: 1, share: 50, due: { on: grant-start } }
    - { no: 2, remainder: true, requires: ['report:final'] }
  reports:
    - { code: final, kind: both, due: { on: 2024-02-28 } }
  ${secondApproverAbove === undefined ? '' : `approval: { secondApproverAbove: '${secondApproverAbove}' }`}
people:
  - { id: an, roles: [administrator] }
  - { id: bart, roles: [approver] }
  - { id: carla, roles: [approver] }
  - { id: fien, roles: [finance] }
  - { id: stad, roles: [beneficiary], of: city }
beneficiaries:
  - { id: city, name: City, kbo: '0207500123', iban: BE07990000000166, verified: true }
grants:
${grantCodes(grants)
  .map(
    (code) =>
      `  - { code: ${code}, beneficiary: city, amount: '1000.00', start: 2023-01-01, end: 2024-12-31, handler: an }`,
  )
  .join('\n')}
happenings: []
until: 2025-06-30
`;
}

export function grantCodes(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `G${String(index + 1).padStart(2, '0')}`);
}
