import type { RegisterWrite } from './registers.js';

/** A text of a mail; `source` null is a return to the one that comes with the service. */
export interface MailTemplateSetting {
  readonly kind: string;
  readonly language: string;
  readonly source: string | null;
}

/**
 * The next version of a template, which whoever asks has checked. Saving what is in force already changes
 * nothing, and so does resetting what was never saved (version 0).
 */
export function setMailTemplate(
  by: string,
  { kind, language, source }: MailTemplateSetting,
): RegisterWrite<{ kind: string; language: string; version: number }> {
  return async (client, now) => {
    const { rows } = await client.query({
      text: `WITH latest AS (
          SELECT version, source FROM mail_templates WHERE kind = $1 AND language = $2 ORDER BY version DESC LIMIT 1
        ), written AS (
          INSERT INTO mail_templates (kind, language, version, source, set_by, set_at)
          SELECT $1, $2, coalesce((SELECT version FROM latest), 0) + 1, $3, $4, $5
          WHERE (SELECT source FROM latest) IS DISTINCT FROM $3
          RETURNING version)
        SELECT version FROM written UNION ALL SELECT version FROM latest UNION ALL SELECT 0 LIMIT 1`,
      values: [kind, language, source, by, now],
    });
    return { result: { kind, language, version: (rows[0] as { version: number }).version } };
  };
}
