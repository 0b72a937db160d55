-- Deliveries of webhooks. Each statement of these functions sees what was committed before it (READ COMMITTED, VOLATILE):
-- a lane is locked by one and read by the next, so that what the relay adds meanwhile is never overlooked.

-- What lanes have next, reckoned anew: a parked delivery holds its lane, else whatever waits is due at `due`.
CREATE OR REPLACE FUNCTION webhook_lanes_reckon(of_webhook integer, of_streams text[], due timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM webhook_lanes l WHERE l.webhook = of_webhook AND l.stream = ANY (of_streams) ORDER BY l.stream FOR UPDATE;
  UPDATE webhook_lanes l
     SET parked = open.parked,
         next_attempt_at = CASE WHEN open.waiting AND NOT open.parked THEN due END
    FROM (SELECT s.stream, coalesce(bool_or(d.state = 'parked'), false) AS parked,
                 coalesce(bool_or(d.state = 'waiting'), false) AS waiting
            FROM unnest(of_streams) AS s (stream)
            LEFT JOIN webhook_deliveries d ON d.webhook = of_webhook AND d.stream = s.stream
                  AND d.state IN ('waiting','parked')
           GROUP BY s.stream) AS open
   WHERE l.webhook = of_webhook AND l.stream = open.stream;
END $$;

-- Claims lanes of a subscription that are due and answers the first delivery of each. `held`: an earlier event of the
-- stream has not left the outbox yet, so this one waits.
CREATE OR REPLACE FUNCTION webhook_claim(of_webhook integer, most integer, token uuid, lease interval)
RETURNS TABLE (delivery bigint, round integer, attempts integer, stream text, held boolean, event_id bigint,
  sequence integer, type text, data jsonb, actor text, reason text, occurred_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
  lanes text[];
  idle text[];
BEGIN
  WITH due AS (
    SELECT l.stream FROM webhook_lanes l JOIN webhooks w ON w.no = l.webhook
     WHERE l.webhook = of_webhook AND l.next_attempt_at <= clock_timestamp()
       AND (l.claimed_until IS NULL OR l.claimed_until < clock_timestamp())
       AND (w.status = 'active' OR w.status = 'paused' AND l.stream LIKE 'test:%')
     ORDER BY l.next_attempt_at LIMIT most FOR UPDATE OF l SKIP LOCKED
  ), claimed AS (
    UPDATE webhook_lanes l SET claim = token, claimed_until = clock_timestamp() + lease
      FROM due WHERE l.webhook = of_webhook AND l.stream = due.stream RETURNING l.stream
  )
  SELECT array_agg(c.stream) INTO lanes FROM claimed c;
  IF lanes IS NULL THEN RETURN; END IF;
  SELECT array_agg(s.stream) INTO idle FROM unnest(lanes) AS s (stream)
   WHERE NOT EXISTS (SELECT FROM webhook_deliveries d
     WHERE d.webhook = of_webhook AND d.stream = s.stream AND d.state = 'waiting');
  IF idle IS NOT NULL THEN
    UPDATE webhook_lanes l SET claim = NULL, claimed_until = NULL WHERE l.webhook = of_webhook AND l.stream = ANY (idle);
    PERFORM webhook_lanes_reckon(of_webhook, idle, clock_timestamp());
  END IF;
  RETURN QUERY
    SELECT d.id, d.round, d.attempts, d.stream,
           EXISTS (SELECT FROM events b JOIN outbox o ON o.event_id = b.id
                    WHERE b.stream = d.stream AND b.id < d.event_id),
           e.id, e.sequence, e.type, e.data, e.actor, e.reason, e.occurred_at
      FROM unnest(lanes) AS s (stream)
     CROSS JOIN LATERAL (SELECT * FROM webhook_deliveries f
        WHERE f.webhook = of_webhook AND f.stream = s.stream AND f.state = 'waiting' ORDER BY f.event_id LIMIT 1) d
      LEFT JOIN events e ON e.id = d.event_id;
END $$;

-- Gives a claimed lane back without an attempt.
CREATE OR REPLACE FUNCTION webhook_release(of_delivery bigint, token uuid, again interval)
RETURNS void LANGUAGE sql AS $$
  UPDATE webhook_lanes l SET claim = NULL, claimed_until = NULL, next_attempt_at = clock_timestamp() + again
    FROM webhook_deliveries d
   WHERE d.id = of_delivery AND l.webhook = d.webhook AND l.stream = d.stream AND l.claim = token AND NOT l.parked
$$;

-- Records an attempt and what it leads to: delivered (no error), tried again after `again`, or with null there parked
-- (a test: failed). Whoever lost the claim meanwhile settles nothing, and an answer to an earlier round neither.
CREATE OR REPLACE FUNCTION webhook_settle(of_delivery bigint, of_round integer, token uuid,
  answered_from text, answered integer, went_wrong text, took integer, again interval)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  d webhook_deliveries;
  next_state text;
BEGIN
  SELECT * INTO d FROM webhook_deliveries WHERE id = of_delivery;
  PERFORM FROM webhook_lanes l WHERE l.webhook = d.webhook AND l.stream = d.stream AND l.claim = token FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  SELECT * INTO d FROM webhook_deliveries WHERE id = of_delivery FOR UPDATE;
  INSERT INTO webhook_attempts (delivery, no, took_ms, address, status, error)
  SELECT of_delivery, coalesce(max(a.no), 0) + 1, took, answered_from, answered, went_wrong
    FROM webhook_attempts a WHERE a.delivery = of_delivery;
  IF d.round = of_round AND d.state = 'waiting' THEN
    next_state := CASE WHEN went_wrong IS NULL THEN 'delivered' WHEN again IS NOT NULL THEN 'waiting'
      WHEN d.event_id IS NULL THEN 'failed' ELSE 'parked' END;
    UPDATE webhook_deliveries SET attempts = attempts + 1, last_error = went_wrong, state = next_state,
           settled_at = CASE WHEN next_state NOT IN ('waiting','parked') THEN clock_timestamp() END
     WHERE id = of_delivery;
  END IF;
  IF d.event_id IS NULL THEN
    DELETE FROM webhook_lanes l WHERE l.webhook = d.webhook AND l.stream = d.stream;
    RETURN;
  END IF;
  UPDATE webhook_lanes l SET claim = NULL, claimed_until = NULL WHERE l.webhook = d.webhook AND l.stream = d.stream;
  PERFORM webhook_lanes_reckon(d.webhook, ARRAY[d.stream],
    clock_timestamp() + CASE WHEN next_state = 'waiting' THEN again ELSE interval '0' END);
END $$;
