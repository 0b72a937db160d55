/** What tests use of the command line: the same code that runs behind `sluis`. */
export { RecordClock } from '#cli/demo.js';
export { migrateRecord } from '#cli/migrate-record.js';
export { readScenarioText } from '#cli/scenario-file.js';
export { loadScenario } from '#cli/simulation/load-scenario.js';
export { QuietWatch } from '#cli/simulation/quiet-watch.js';
export { simulate } from '#cli/simulation/simulate.js';
export type { Simulated } from '#cli/simulation/simulate.js';
export type { TimelineLine } from '#cli/simulation/timeline.js';
