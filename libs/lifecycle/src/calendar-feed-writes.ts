import { refuse } from '#domain/refusal.js';

import type { RegisterWrite } from './registers.js';

/** A person has a feed for each device or calendar at most; more are forgotten ones. */
const mostFeeds = 20;

/**
 * A calendar feed of a person, by the SHA-256 of the secret in its address. The secret is the caller's to make and to
 * show once. Refused as `conflict` beyond `mostFeeds` that are not revoked.
 */
export function addCalendarFeed(feed: {
  readonly person: string;
  readonly hash: Buffer;
  readonly name: string | null;
}): RegisterWrite<{ id: string; name: string | null; created: string }> {
  return async (client, now) => {
    const { person, hash, name } = feed;
    // Two at once are counted one after the other.
    const { rows } = await client.query({
      text: `SELECT (SELECT count(*)::integer FROM calendar_feeds f WHERE f.person = p.id AND f.revoked IS NULL) AS feeds
        FROM people p WHERE p.id = $1 AND p.ended IS NULL FOR NO KEY UPDATE OF p`,
      values: [person],
    });
    const [known] = rows as { feeds: number }[];
    if (known === undefined) return refuse('not-found', { person });
    if (known.feeds >= mostFeeds)
      return refuse('conflict', { message: `there are ${known.feeds} calendar feeds; revoke one first` });
    await client.query({
      text: 'INSERT INTO calendar_feeds (hash, person, name, created) VALUES ($1, $2, $3, $4)',
      values: [hash, person, name, now],
    });
    return { result: { id: hash.toString('hex').slice(0, 16), name, created: now } };
  };
}

/** Takes back the address of a feed, named by the first 16 hex digits of its hash as lists show it. */
export function revokeCalendarFeed({
  person,
  feed,
}: {
  readonly person: string;
  readonly feed: string;
}): RegisterWrite<{ id: string; revoked: string }> {
  return async (client, now) => {
    const { rows } = await client.query({
      text: `UPDATE calendar_feeds SET revoked = $3
        WHERE person = $1 AND left(encode(hash, 'hex'), 16) = $2 AND revoked IS NULL RETURNING person`,
      values: [person, feed, now],
    });
    return rows.length === 0
      ? refuse('not-found', { calendarFeed: feed })
      : { result: { id: feed, revoked: now } };
  };
}
