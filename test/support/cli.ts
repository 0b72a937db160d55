/** What tests use of the command line: the same code that runs behind `sluis`. */
export { RecordClock } from '../../apps/cli/src/demo.js';
export { migrateRecord } from '../../apps/cli/src/migrate-record.js';
export { readScenarioText } from '../../apps/cli/src/scenario-file.js';
export { loadScenario } from '../../apps/cli/src/simulation/load-scenario.js';
export { QuietWatch } from '../../apps/cli/src/simulation/quiet-watch.js';
export { endOfDay } from '../../apps/cli/src/simulation/replay.js';
export { simulate } from '../../apps/cli/src/simulation/simulate.js';
export type { Simulated } from '../../apps/cli/src/simulation/simulate.js';
export { readTimeline } from '../../apps/cli/src/simulation/timeline.js';
export type { TimelineLine } from '../../apps/cli/src/simulation/timeline.js';
