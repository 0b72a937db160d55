import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

import type { CivilDate, Instant } from '#domain/civil-date.js';
import type { DeadlineMove, DeadlineMoveStatus } from '#domain/deadline-move.js';

import { type Client, inTransaction } from '../client.js';
import { type MoveLine, readMove, readMoveLines } from '../deadline-move-store.js';
import { Conditions, type Page, type PageRequest, pageOf } from './page.js';
import { instantText } from './sql-text.js';

export interface DeadlineMoveListed {
  readonly move: number;
  readonly status: DeadlineMoveStatus;
  readonly programme: string;
  readonly report: string;
  readonly until: CivilDate;
  readonly deadlines: number;
  readonly windows: number;
  readonly reason: string;
  readonly movedBy: string;
  readonly movedAt: Instant;
}

/** Bulk moves of deadlines, and the deadlines they moved. */
@Injectable()
export class DeadlineMoveView {
  constructor(private readonly database: DataSource) {}

  /** Moves, the latest first. */
  async list(programme: string | undefined, page: PageRequest): Promise<Page<DeadlineMoveListed>> {
    const where = new Conditions()
      .where((it) => `programme = ${it}`, programme)
      .where((it) => `no < ${it}::integer`, page.after?.[0]);
    const rows: DeadlineMoveListed[] = await this.database.query(
      `SELECT no AS move, status, programme, report, until::text AS until, deadlines, windows, reason,
              moved_by AS "movedBy", ${instantText('moved_at')} AS "movedAt"
         FROM deadline_moves ${where.toString()} ORDER BY no DESC LIMIT ${page.limit + 1}`,
      where.values,
    );
    return pageOf(rows, page.limit, ({ move }) => [String(move)]);
  }

  async one(no: number): Promise<DeadlineMove | null> {
    const stored = await this.read((client) => readMove(client, no));
    return stored?.move ?? null;
  }

  /** Its deadlines by grant. */
  async lines(no: number, page: PageRequest): Promise<Page<MoveLine>> {
    const rows = await this.read((client) =>
      readMoveLines(client, no, page.after?.[0] ?? '', page.limit + 1),
    );
    return pageOf(rows, page.limit, ({ grant }) => [grant]);
  }

  private read<T>(work: (client: Client) => Promise<T>): Promise<T> {
    return inTransaction(this.database, work);
  }
}
