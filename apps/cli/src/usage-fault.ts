/** The call or its input is wrong: printed as it is, exit code 2. */
export class UsageFault extends Error {}
