import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import type { DataSource } from 'typeorm';

import { dataSource } from '#config/data-source.js';
import { endOfDay } from '#test/support/cli.js';
import { type Happening, type Scenario, parseScenario } from '#domain/scenario-document.js';
import { system } from '#domain/people.js';
import { addToken } from '#lifecycle/register-writes.js';
import { Registers } from '#lifecycle/registers.js';
import { RunCommands } from '#lifecycle/run-commands.js';
import { freePort } from '#persistence/cluster-process.js';
import { QuietWatch, RecordClock, loadScenario, readTimeline } from '#test/support/cli.js';
import type { TimelineLine } from '#test/support/cli.js';
import { type TestCluster, type TestDatabase, startTestCluster } from '#test/support/cluster.js';
import { HttpDriver } from '#test/support/http-driver.js';
import { type RedisUnderTest, startRedis } from '#test/support/redis.js';
import { describeWith } from '#test/support/requires.js';
import { readScenario, scenarioFiles } from '#test/support/scenario-files.js';
import { seeded } from '#test/support/seeded.js';
import { sluis } from '#test/support/sluis-process.js';
import { Supervisor } from '#test/support/supervisor.js';
